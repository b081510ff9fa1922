import type { PackageChanges } from "../../api/v1alpha1/package-changes.ts";
import { jsonSize } from "../files/package-file.ts";
import type { PackageChange, ResourceChange } from "./compare-packages.ts";
import { describeBinary, diffFile, diffHeading } from "./file-diff.ts";
import type { FilePair } from "./file-pairs.ts";
import { summarize } from "./summary.ts";

/** The parts of the size that lists may have. What one leaves is for those after it, and the rest is the diff's. */
const SHARES = { risks: 0.2, resources: 0.35, files: 0.15 };
/** Fields of one resource. */
const MAX_FIELDS = 20;
/** Characters of a line of the diff. */
const MAX_LINE = 500;
/** Lines of one file that differ: time grows with the square, 0.1 s at this number. */
const MAX_EDITS = 1_000;

/**
 * A change as data of limited size, for the status of an object.
 * @param pairs the files that differ, sorted; undefined for data without a diff
 * @param maxBytes of JSON, as the API server stores it
 */
export function boundChange(
  change: PackageChange,
  pairs: readonly FilePair[] | undefined,
  maxBytes = 48 * 1024,
): PackageChanges {
  // The summary, numbers and names of fields.
  let left = maxBytes - 512;
  const take = <T>(all: readonly T[], share: number): readonly T[] => {
    let bytes = left * share;
    const end = all.findIndex((one) => {
      bytes -= sizeOf(one);
      return bytes < 0;
    });
    const taken = end === -1 ? all : all.slice(0, end);
    left -= taken.reduce((sum, one) => sum + sizeOf(one), 0);
    return taken;
  };
  const { risks, resources, files } = change;
  const lists = {
    risks: [...take(risks, SHARES.risks)],
    resources: [...take(resources.map(withFewFields), SHARES.resources)],
    files: [...take(files, SHARES.files)],
  };
  return {
    summary: summarize(change),
    ...lists,
    riskCount: change.count,
    resourceCount: resources.length,
    fileCount: files.length,
    unreadCount: change.unread.length,
    otherFileCount: change.otherFileCount,
    ...(change.isImageVersions && { isImageVersions: true }),
    ...(pairs === undefined ? { undiffedCount: files.length } : diffFiles(pairs, left)),
  };
}

/** True for data that has all of the change, beside its diff. A value that is cut off is not all of it. */
export function isWhole({ risks, resources, files, ...counts }: PackageChanges): boolean {
  const isListed =
    risks.length === counts.riskCount &&
    resources.length === counts.resourceCount &&
    files.length === counts.fileCount &&
    counts.unreadCount === 0;
  return isListed && resources.every(hasAllFields);
}

function hasAllFields({ fields = [], fieldCount = 0 }: PackageChanges["resources"][number]): boolean {
  return fields.length === fieldCount && fields.every(({ isCut }) => isCut !== true);
}

function withFewFields({ fields, ...change }: ResourceChange): PackageChanges["resources"][number] {
  return fields === undefined ? change : { ...change, fields: fields.slice(0, MAX_FIELDS) };
}

/** Compares files until the size is used up. */
function diffFiles(pairs: readonly FilePair[], maxBytes: number): Pick<PackageChanges, "diff" | "undiffedCount"> {
  const lines: string[] = [];
  let left = maxBytes;
  let undiffedCount = 0;
  for (const pair of pairs) {
    let isWhole = left > 0;
    for (const line of isWhole ? linesOf(pair) : []) {
      const text = (line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line).toWellFormed();
      left -= sizeOfText(text);
      if (left < 0) break;
      isWhole = isWhole && text === line;
      lines.push(text);
    }
    if (!isWhole || left < 0) undiffedCount++;
  }
  return { diff: lines.join("\n"), undiffedCount };
}

function linesOf(pair: FilePair): readonly string[] {
  const heading = diffHeading(pair, { before: "a", after: "b" });
  const { hunks } = diffFile(pair, MAX_EDITS);
  if (hunks === undefined) return [...heading, describeBinary(pair)];
  return [
    ...heading,
    ...hunks.flatMap(({ range, objects, lines }) => [[range, objects].join(" ").trimEnd(), ...lines]),
  ];
}

/** An upper bound. */
function sizeOf(value: unknown): number {
  if (typeof value === "string") return sizeOfText(value);
  if (typeof value !== "object" || value === null) return 16;
  return Object.entries(value).reduce((sum, [key, one]) => sum + key.length + 4 + sizeOf(one), 2);
}

function sizeOfText(value: string): number {
  return jsonSize({ path: "", encoding: "text", value });
}
