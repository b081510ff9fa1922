import { fieldBelow } from "../../merge/conflicts.ts";
import { fieldOf, type JsonMap, listOf, mapOf, shown } from "./values.ts";

/** What runs containers, in whatever kind it is: each mapping that has a list of containers. */
export interface PodSpec {
  readonly path: string;
  readonly spec: JsonMap;
  readonly containers: readonly Container[];
}

export interface Container {
  readonly path: string;
  /** For a message. */
  readonly name: string;
  readonly spec: JsonMap;
}

const LISTS = ["initContainers", "containers", "ephemeralContainers"] as const;

/** Finds them by their fields, so that those of custom resources count. Recurses: the depth is bounded. */
export function podSpecsOf(value: unknown, path = ""): readonly PodSpec[] {
  const found: PodSpec[] = [];
  visit(value, path, found);
  return found;
}

function visit(value: unknown, path: string, found: PodSpec[]): void {
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) {
      const name = fieldOf(item, "name");
      visit(item, `${path}[${typeof name === "string" ? `name=${name}` : at}]`, found);
    }
    return;
  }
  if (typeof value !== "object" || value === null) return;
  const spec = mapOf(value);
  const containers = LISTS.flatMap((list) => containersOf(spec, list, path));
  if (containers.length > 0) found.push({ path, spec, containers });
  for (const [key, one] of Object.entries(spec)) {
    if (typeof one === "object" && one !== null) visit(one, fieldBelow(path, key), found);
  }
}

function containersOf(spec: JsonMap, list: (typeof LISTS)[number], path: string): readonly Container[] {
  return listOf(fieldOf(spec, list)).flatMap((item, at) => {
    if (typeof item !== "object" || item === null) return [];
    const name = fieldOf(item, "name");
    const [place, called] = typeof name === "string" ? [`name=${name}`, shown(name)] : [at, `container ${at}`];
    return [{ path: `${fieldBelow(path, list)}[${place}]`, name: called, spec: mapOf(item) }];
  });
}
