import { ANNOTATION_EDITED_BY } from "../../api/v1alpha1/well-known.ts";
import { recordedNames } from "../../core/identity/recorded-names.ts";
import { shellQuote } from "../../core/identity/shell-quote.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { createDiffer } from "../diff/differ.ts";
import { shortName } from "../names/query.ts";
import { printable, printableLine } from "../output/printable.ts";
import type { Comparison } from "./compare-folder.ts";
import { digestOf, displayPath } from "./local-files.ts";
import { type FolderState, writeState } from "./state.ts";

/**
 * Shows both versions of each file in conflict, records what was shown, and returns the error to throw. A version that
 * was shown can be chosen afterwards; one that came later cannot.
 */
export async function reportConflicts(
  context: Context,
  dir: string,
  state: FolderState,
  { revision, contents, local, result }: Comparison,
): Promise<CliError> {
  const { formatFile } = await createDiffer(context.style);
  const name = shortName(revision);
  const folder = displayPath(context.cwd, dir);
  for (const path of result.conflicts) {
    const [theirs, ours] = [contents.files.get(path), local.get(path)];
    context.print(formatFile({ path, before: theirs, after: ours }, { before: name, after: folder }));
  }
  const shown = result.conflicts.map((path) => [path, shownAs(contents.files.get(path))] as const);
  await writeState(dir, { ...state, conflicts: Object.fromEntries(shown) });
  const editors = contents.pages.map(({ metadata }) =>
    recordedNames(metadata.annotations?.[ANNOTATION_EDITED_BY]).at(-1),
  );
  const by = [...new Set(editors.filter((one) => one !== undefined))].map(printable).join(", ");
  const files = result.conflicts.map(printableLine).join(", ");
  return new CliError(
    "conflict",
    `${name} has other changes of the same files since it was pulled: ${files}${by === "" ? "" : ` (last edited by ${by})`}`,
    [
      "nothing was overwritten; above, - is the version of the draft and + your own",
      `to take theirs: kubectl pkg pull ${shellQuote(folder)} --theirs FILE`,
      `to keep yours, or what you made of both: kubectl pkg push ${shellQuote(folder)} --ours FILE`,
    ],
  );
}

/**
 * The state with which a file in conflict counts as edited by us alone: its base is the other version that was shown.
 * Throws a CliError for a file of which no conflict was shown.
 */
export function chooseOurs(state: FolderState, paths: readonly string[]): FolderState {
  const files = new Map(Object.entries(state.files));
  for (const path of paths) {
    const shown = requireShown(state, path);
    if (shown === "") files.delete(path);
    else files.set(path, shown);
  }
  return { ...state, files: Object.fromEntries(files) };
}

/** How the state records a version that was shown: its digest; empty if it has no such file. */
export function shownAs(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "" : digestOf(bytes);
}

/** The other version that was shown, as {@link shownAs} records it. */
export function requireShown(state: FolderState, path: string): string {
  const shown = Object.hasOwn(state.conflicts, path) ? state.conflicts[path] : undefined;
  if (shown !== undefined) return shown;
  throw new CliError("usage", `${JSON.stringify(path)} has no conflict that was shown`);
}
