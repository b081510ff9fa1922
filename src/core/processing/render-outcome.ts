import { sha256Hex } from "../identity/hash.ts";
import type { RenderFailure } from "../render/failure.ts";
import type { TakenObject } from "../render/kform/given.ts";
import type { Rendered } from "../render/rendered.ts";

/** What a render does to a package. */
export type RenderOutcome =
  /** The package has nothing to render. */
  | { readonly kind: "none" }
  | { readonly kind: "failed"; readonly failure: RenderFailure }
  | ({ readonly kind: "unchanged" } & RenderSummary)
  | ({
      readonly kind: "changed";
      /** Files that are new or differ. */
      readonly changed: ReadonlyMap<string, Uint8Array>;
      readonly removed: readonly string[];
    } & RenderSummary);

export interface RenderSummary {
  /** The functions that ran, each once, with their versions; in order. */
  readonly functions: readonly string[];
  /** Objects from outside that the result depends on, with their sources and digests, each a line. */
  readonly data: readonly string[];
}

/** The limits of `status.rendering.functions`. */
const MAX_FUNCTIONS = 64;
const MAX_FUNCTION_LENGTH = 256;

/** The number of objects that a commit names. */
const MAX_DATA = 16;
const MAX_DATA_LENGTH = 1024;

/** `KIND.GROUP NAMESPACE/NAME from SOURCE sha256:…`. */
function describeTaken({ apiVersion, kind, namespace, name = "*", source, digest }: TakenObject): string {
  const group = apiVersion.includes("/") ? `.${apiVersion.slice(0, apiVersion.indexOf("/"))}` : "";
  const object = `${kind}${group} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
  const place = `${object} from ${source}`.slice(0, MAX_DATA_LENGTH - digest.length - 1);
  return `${place.toWellFormed()} ${digest}`;
}

/** The last line stands for the objects that are too many to be named. */
function describeData(taken: readonly TakenObject[]): readonly string[] {
  const lines = [...new Set(taken.map(describeTaken))].sort();
  if (lines.length <= MAX_DATA) return lines;
  const rest = lines.slice(MAX_DATA - 1);
  return [...lines.slice(0, MAX_DATA - 1), `and ${rest.length} more sha256:${sha256Hex(rest.join("\n"))}`];
}

/** @param isKept the changes are not to be made: they are left out */
export function renderOutcome(rendered: Rendered, isKept: boolean): RenderOutcome {
  const { failure, functions, changed, removed, taken } = rendered;
  if (failure !== undefined) return { kind: "failed", failure };
  if (functions.length === 0) return { kind: "none" };
  const versions = new Set(functions.map(({ version }) => version.slice(0, MAX_FUNCTION_LENGTH).toWellFormed()));
  const summary = {
    functions: [...versions].sort().slice(0, MAX_FUNCTIONS),
    data: describeData(taken),
  };
  if (changed.size + removed.length === 0) return { kind: "unchanged", ...summary };
  if (isKept) return { kind: "changed", changed: new Map(), removed: [], ...summary };
  const encoder = new TextEncoder();
  const bytes = new Map([...changed].map(([path, text]) => [path, encoder.encode(text)] as const));
  return { kind: "changed", changed: bytes, removed, ...summary };
}
