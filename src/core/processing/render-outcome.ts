import type { RenderFailure } from "../render/failure.ts";
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
}

/** The limits of `status.rendering.functions`. */
const MAX_FUNCTIONS = 64;
const MAX_FUNCTION_LENGTH = 256;

export function renderOutcome(rendered: Rendered | undefined): RenderOutcome {
  if (rendered === undefined) return { kind: "none" };
  const { failure, functions, changed, removed } = rendered;
  if (failure !== undefined) return { kind: "failed", failure };
  if (functions.length === 0) return { kind: "none" };
  const versions = new Set(functions.map(({ version }) => version.slice(0, MAX_FUNCTION_LENGTH)));
  const summary = { functions: [...versions].sort().slice(0, MAX_FUNCTIONS) };
  if (changed.size + removed.length === 0) return { kind: "unchanged", ...summary };
  const encoder = new TextEncoder();
  const bytes = new Map([...changed].map(([path, text]) => [path, encoder.encode(text)] as const));
  return { kind: "changed", changed: bytes, removed, ...summary };
}
