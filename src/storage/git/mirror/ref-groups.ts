/**
 * Refs that are fetched together. One bad ref fails the fetch of its group, which is then divided: by kind, then
 * between packages, then anywhere. Parts come in the order in which they were made, so that the good refs of a remote
 * are there after a few fetches, wherever the bad ones are.
 */
export class RefGroups {
  readonly #groups: (readonly string[])[];

  constructor(groups: Iterable<readonly string[]>) {
    this.#groups = [...groups].filter((group) => group.length > 0);
  }

  /** The groups that were not taken. */
  get left(): readonly (readonly string[])[] {
    return this.#groups;
  }

  /** The next group. */
  take(): readonly string[] | undefined {
    return this.#groups.shift();
  }

  /** Splits a failed group of two or more refs, and queues its parts. */
  divide(group: readonly string[]): void {
    const { main = [], draft = [], tag = [] } = Object.groupBy(group, kindOf);
    const kinds = [main, draft, tag].filter((names) => names.length > 0);
    if (kinds.length > 1) {
      this.#groups.push(...kinds);
      return;
    }
    const at = middleOf(group);
    this.#groups.push(group.slice(0, at), group.slice(at));
  }
}

/** The branch of published packages, usually, decides about all others, and no draft has a name of one part. */
function kindOf(name: string): "main" | "draft" | "tag" {
  if (name.startsWith("refs/tags/")) return "tag";
  return name.indexOf("/", "refs/heads/".length) < 0 ? "main" : "draft";
}

/** The place next to the middle at which another package begins; in one package the middle. Remotes sort their refs. */
function middleOf(group: readonly string[]): number {
  const half = Math.ceil(group.length / 2);
  const isBorder = (at: number) => packageOf(group[at - 1] ?? "") !== packageOf(group[at] ?? "");
  for (let distance = 0; distance < half; distance++) {
    const found = [half - distance, half + distance].find((at) => at > 0 && at < group.length && isBorder(at));
    if (found !== undefined) return found;
  }
  return half;
}

function packageOf(name: string): string {
  return name.slice(0, name.lastIndexOf("/"));
}
