import type { FieldChanges } from "./field-changes.ts";
import { type FilePair, kindOf, textOf } from "./file-pairs.ts";
import type { ObjectPair } from "./risk.ts";
import { countNewVersions, isOtherVersion } from "./rules/images.ts";

interface Change extends Partial<Pick<FieldChanges, "fields">> {
  readonly kind: string;
  /** The former identity of an object that was renamed. */
  readonly was?: object;
  readonly fieldCount?: number;
}

/** The image of a container, on a line of its own. */
const LINE = /^(\s*(?:- )?image:[ \t]+)(["']?)([^\s"'#]+)\2([ \t]*(?:[ \t]#.*)?)$/;

/**
 * True if nothing differs but tags and digests of images that containers had before. Looks at objects, and at the lines
 * of files: comments are as before. The files have nothing but objects, all of which were compared.
 * @param riskCount the number of risks
 * @param changes the change of each object
 */
export function hasOnlyImageVersions(
  riskCount: number,
  pairs: readonly FilePair[],
  changes: readonly { readonly pair: ObjectPair; readonly change: Change | undefined }[],
): boolean {
  if (riskCount > 0 || pairs.length === 0) return false;
  return changes.every(({ pair, change }) => isOfImages(pair, change)) && pairs.every(hasOnlyImageLines);
}

/** The fields that differ are as many as the containers whose image has another version. */
function isOfImages(pair: ObjectPair, change: Change | undefined): boolean {
  if (change === undefined) return true;
  const { kind, was, fields = [], fieldCount } = change;
  const isOfField = fields.length === fieldCount && fields.every(({ field }) => field.endsWith(".image"));
  return kind === "changed" && was === undefined && isOfField && countNewVersions(pair) === fieldCount;
}

function hasOnlyImageLines(pair: FilePair): boolean {
  if (kindOf(pair) !== "changed") return false;
  const [before, after] = [textOf(pair.before)?.split("\n"), textOf(pair.after)?.split("\n")];
  if (before === undefined || after === undefined || before.length !== after.length) return false;
  return before.every((line, at) => line === after[at] || isImageLine(line, after[at] ?? ""));
}

function isImageLine(before: string, after: string): boolean {
  const [, start, quote, was = "", end] = LINE.exec(before) ?? [];
  const [, startNow, quoteNow, now = "", endNow] = LINE.exec(after) ?? [];
  return start !== undefined && start === startNow && quote === quoteNow && end === endNow && isOtherVersion(was, now);
}
