import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";

/** Memory in MiB of the operator's container, as the chart sets it. */
export interface ChartLimits {
  /** Of all its processes together. */
  readonly memory: number;
  /** Of the old generation of the operator's heap. */
  readonly heap: number;
}

const CHART = join(import.meta.dirname, "..", "..", "helm", "pkgserver");

export async function readChartLimits(): Promise<ChartLimits> {
  const [values, deployment] = await Promise.all(
    ["values.yaml", "templates/deployment.yaml"].map((file) => readFile(join(CHART, file), "utf8")),
  );
  const text = String(parse(values ?? "").resources.limits.memory);
  const memory = Number(/^([0-9]+)Mi$/.exec(text)?.[1]);
  const percentage = Number(/--max-old-space-size-percentage=([0-9]+)/.exec(deployment ?? "")?.[1]);
  if (!(memory > 0 && percentage > 0))
    throw new Error(`the chart limits the memory to ${text}, ${percentage} % of heap`);
  return { memory, heap: Math.floor((memory * percentage) / 100) };
}
