import { formatCount } from "../conditions/count.ts";
import type { FileChange, PackageChange, ResourceChange } from "./compare-packages.ts";
import type { FieldChange } from "./field-changes.ts";
import type { ResourceName } from "./read-objects.ts";
import type { Risk } from "./risk.ts";

/** A line for a person, not yet made safe for a terminal. */
export interface ChangeLine {
  readonly kind: "risk" | "added" | "changed" | "removed" | "field" | "note";
  readonly text: string;
}

export interface DescribeLimits {
  readonly risks: number;
  readonly resources: number;
  /** Of one resource. */
  readonly fields: number;
}

/** Risks first, then resources with their fields, then files that were renamed or not compared. */
export function describeChange(change: PackageChange, limits: DescribeLimits): readonly ChangeLine[] {
  return [
    ...cut(change.risks, change.count, limits.risks, "risk").map((one): ChangeLine => {
      return typeof one === "string" ? note(one) : { kind: "risk", text: describeRisk(one) };
    }),
    ...cut(change.resources, change.resources.length, limits.resources, "resource").flatMap((one) => {
      return typeof one === "string" ? [note(one)] : describeResource(one, limits.fields);
    }),
    ...change.files.flatMap(({ kind, path, was }: FileChange) => {
      return kind === "renamed" ? [note(`renamed: ${was} → ${path}`)] : [];
    }),
    ...change.unread.map((path) => note(`not compared by resource: ${path}`)),
  ];
}

/** `! PrivilegedContainer: DaemonSet kube-system/agent agent runs privileged (agent.yaml)` */
function describeRisk({ mark, file, resource, message }: Risk): string {
  return `! ${mark}: ${resource === undefined ? "" : `${describeName(resource)} `}${message} (${file})`;
}

const SIGNS = { added: "+", changed: "~", removed: "-" } as const;

function describeResource({ kind, resource, was, file, fields = [], fieldCount = 0 }: ResourceChange, most: number) {
  const before = was === undefined ? "" : `, before: ${describeName(was)}`;
  const line: ChangeLine = { kind, text: `${SIGNS[kind]} ${describeName(resource)} (${file}${before})` };
  const below = cut(fields, fieldCount, most, "field").map((one): ChangeLine => {
    return { kind: "field", text: `    ${typeof one === "string" ? one : describeField(one)}` };
  });
  return [line, ...below];
}

function describeField({ field, before = "(none)", after = "(none)", isOrder, isSecret }: FieldChange): string {
  if (isSecret === true) return `${field}: (secret)`;
  return `${field}${isOrder === true ? " (order)" : ""}: ${before} → ${after}`;
}

/** `Deployment web/storefront` */
function describeName({ kind, name, namespace }: ResourceName): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name === "" ? "(no name)" : name}`;
}

function note(text: string): ChangeLine {
  return { kind: "note", text };
}

/** The first ones, and a sentence about the rest. */
function cut<T>(all: readonly T[], count: number, most: number, what: string): readonly (T | string)[] {
  const first = all.slice(0, most);
  const rest = count - first.length;
  return rest > 0 ? [...first, `and ${formatCount(rest, `more ${what}`)}`] : first;
}
