import type { PackageVariantSet, TargetSource } from "../../api/v1alpha1/package-variant-set.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { isSelected } from "../identity/label-selector.ts";

/** A target of a set: `target` in templates. */
export interface Target {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, unknown>>;
}

export type Targets =
  | { readonly kind: "targets"; readonly targets: readonly Target[]; readonly duplicates: readonly Duplicate[] }
  | { readonly kind: "tooMany"; readonly count: number };

/** Several targets with one name. */
interface Duplicate {
  readonly first: Target;
  /** What is wrong, and what to do. */
  readonly message: string;
}

/**
 * The targets of a set, in the order of its sources. Of several with one name, none counts: nobody knows which one is
 * meant; the first one is reported.
 * @param most more targets are counted, and not made
 */
export function targetsOf(
  { spec }: Pick<PackageVariantSet, "spec">,
  repositories: readonly Repository[],
  most: number,
): Targets {
  const all: Target[] = [];
  let count = 0;
  for (const source of spec.targets) {
    const found = targetsIn(source, repositories, most);
    count += found.count;
    if (count <= most) all.push(...found.make());
  }
  if (count > most) return { kind: "tooMany", count };
  const byName = Map.groupBy(all, ({ name }) => name);
  const duplicates = [...byName.values()].flatMap((same) => {
    const [first, second] = same;
    return first === undefined || second === undefined ? [] : [{ first, message: describeDuplicates(first, second) }];
  });
  return { kind: "targets", targets: all.filter(({ name }) => byName.get(name)?.length === 1), duplicates };
}

function describeDuplicates(...both: readonly [Target, Target]): string {
  const what = "several targets have this name";
  const [a, b] = both.map(placeOf);
  if (a === undefined || b === undefined) return `${what}: none of them counts`;
  const names = `${what}, such as the objects ${a.join("/")} and ${b.join("/")}: none of them counts`;
  return a[0] === b[0] ? names : `${names}; set targetName: NamespaceAndName in spec.targets[].objects`;
}

/** Namespace and name of a target that is an object. */
function placeOf({ fields: { metadata } }: Target): readonly [string, string] | undefined {
  const { namespace, name } = (metadata ?? {}) as Readonly<Record<string, unknown>>;
  return typeof namespace === "string" && typeof name === "string" ? [namespace, name] : undefined;
}

interface Found {
  readonly count: number;
  readonly make: () => readonly Target[];
}

function targetsIn({ matrix, ...plain }: TargetSource, repositories: readonly Repository[], most: number): Found {
  if (matrix === undefined) {
    const targets = plainTargets(plain, repositories);
    return { count: targets.length, make: () => targets };
  }
  const [rows = [], columns = []] = matrix.map((one) => plainTargets(one, repositories));
  const count = rows.length * columns.length;
  return { count, make: () => (count > most ? [] : rows.flatMap((row) => columns.map((column) => pair(row, column)))) };
}

function plainTargets(
  { list = [], repositories: selected }: Pick<TargetSource, "list" | "repositories">,
  repositories: readonly Repository[],
): readonly Target[] {
  const listed = list.map(({ name, labels = {}, annotations = {}, fields = {} }) => {
    return { name, labels, annotations, fields };
  });
  const matching =
    selected === undefined
      ? []
      : repositories.filter(({ metadata }) => isSelected(selected.selector, metadata.labels ?? {}));
  const found = matching.map(({ metadata: { name, labels = {}, annotations = {} } }) => {
    return { name, labels, annotations, fields: {} };
  });
  return [...listed, ...found.toSorted((a, b) => (a.name < b.name ? -1 : 1))];
}

function pair(row: Target, column: Target): Target {
  return {
    name: `${row.name}-${column.name}`,
    labels: { ...row.labels, ...column.labels },
    annotations: { ...row.annotations, ...column.annotations },
    fields: { ...row.fields, ...column.fields },
  };
}
