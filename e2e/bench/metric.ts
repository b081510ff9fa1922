/** A counter or gauge of a Prometheus endpoint, summed over the series whose labels match. */
export async function readMetric(
  url: string,
  name: string,
  matches: (labels: string) => boolean = () => true,
): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  let total = 0;
  for (const line of text.split("\n")) {
    const [, metric, labels = "", value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (metric === name && matches(labels)) total += Number(value);
  }
  return total;
}
