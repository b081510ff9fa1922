import { compareFiles, type FilePair, type ReviewFile, type ReviewFiles } from "../../core/review/file-pairs.ts";
import type { Context } from "../context.ts";
import { printableLine } from "../output/printable.ts";
import type { Style } from "../output/style.ts";
import type { Contents } from "../packages/contents.ts";
import { type DiffForm, printDiff } from "./print-diff.ts";

/** One revision of a package that is compared. */
export interface ReviewSide {
  /** Empty for no revision. */
  readonly name: string;
  readonly files: ReviewFiles;
}

/** What fits on some screens. The JSON has more. */
const LIMITS = { risks: 200, resources: 500, fields: 50 };

/**
 * Prints what a reviewer needs of the change from one revision to another: risks, objects with the fields that differ,
 * and the diff; nothing if nothing differs.
 * @returns the files that differ
 */
export async function printReview(
  context: Context,
  { before, after }: { readonly before: ReviewSide; readonly after: ReviewSide },
  form: DiffForm,
): Promise<readonly FilePair[]> {
  const pairs = compareFiles(before.files, after.files);
  const names = { before: before.name, after: after.name };
  if (form === "nameOnly" || (form !== "json" && form !== "yaml" && pairs.length === 0)) {
    await printDiff(context, pairs, names, form);
    return pairs;
  }
  // With the schemas of Kubernetes, which take a while to load.
  const { comparePackages } = await import("../../core/review/compare-packages.ts");
  const { describeChange } = await import("../../core/review/describe-change.ts");
  const { summarize } = await import("../../core/review/summary.ts");
  const change = comparePackages(before.files, after.files, pairs);
  if (form === "json" || form === "yaml") {
    const { risks, count, resources, unread } = change;
    await printDiff(context, pairs, names, form, {
      summary: summarize(change),
      risks,
      riskCount: count,
      resources,
      notCompared: unread,
    });
    return pairs;
  }
  const lines = describeChange(change, LIMITS);
  if (lines.length > 0) {
    context.print(context.style.bold(summarize(change)));
    for (const { kind, text } of lines) context.print(colourOf(kind, context.style)(printableLine(text)));
    context.print("");
  }
  await printDiff(context, pairs, names, form);
  return pairs;
}

function colourOf(kind: string, style: Style): (text: string) => string {
  switch (kind) {
    case "risk":
      return style.yellow;
    case "added":
      return style.green;
    case "removed":
      return style.red;
    case "changed":
      return style.cyan;
    default:
      return (text) => text;
  }
}

/**
 * The files of revisions in the API. Those that are in Git only are compared by their objects, if all sides list
 * theirs.
 */
export function reviewFiles(...sides: readonly (Contents | undefined)[]): readonly ReviewFiles[] {
  const isListed = sides.every((one) => one === undefined || one.hidden.length === one.hiddenCount);
  return sides.map((one): ReviewFiles => {
    if (one === undefined) return new Map();
    if (!isListed) return one.files;
    const hidden = one.hidden.map(({ path, pathBytes, object, size }) => {
      return [pathBytes ?? path, { object, ...(size !== undefined && { size }) }] as const;
    });
    return new Map<string, ReviewFile>([...one.files, ...hidden]);
  });
}
