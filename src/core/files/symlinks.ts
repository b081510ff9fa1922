import { isGitName } from "./file-path.ts";
import type { FileMode } from "./tree-edit.ts";

interface TreeEntry {
  /** Relative to the package's folder. */
  readonly path: string;
  readonly mode: FileMode;
  readonly bytes?: Uint8Array;
}

/** A symlink, as a reviewer sees it. */
export interface LinkNote {
  /** Without characters that a terminal would act upon or hide; cut. Absent: longer than a file system allows. */
  readonly target?: string;
  /** What the target is not in. */
  readonly leaves?: "Package" | "Repository";
}

/** The longest target that Linux accepts, in bytes. Longer ones are not read. */
export const MAX_TARGET_BYTES = 4096;
const MAX_SHOWN_TARGET = 256;
/** Links on the way to a target. Linux follows 40. */
const MAX_EXPANSIONS = 40;
/** Path parts that are followed for one package: hostile links lead through each other. */
const MAX_STEPS = 100_000;

/**
 * Where the symlinks of a package lead, by path. `folder`: the package's, from the repository's root.
 *
 * Links of the package are followed on the way to a target. Outside of the package no tree is read: a link there counts
 * as a folder. What cannot be decided (a loop, too many links, a name that another system reads as a separator) counts
 * as leaving the repository.
 */
export function classifyLinks(folder: string, files: readonly TreeEntry[]): ReadonlyMap<string, LinkNote> {
  const links = files.filter(({ mode }) => mode === "120000");
  const targets = new Map(links.map(({ path, bytes }) => [path, decode(bytes)]));
  const budget = { steps: MAX_STEPS };
  return new Map(
    [...targets].map(([path, target]): [string, LinkNote] => {
      if (target === undefined) return [path, { leaves: "Repository" }];
      const leaves = leavesBy(folder, path, targets, budget);
      return [path, { target: showSafely(target), ...(leaves !== undefined && { leaves }) }];
    }),
  );
}

/** A text without control characters, marks of text direction and other invisible characters; cut. */
export function showSafely(text: string): string {
  const cut = text.length <= MAX_SHOWN_TARGET ? text : `${text.slice(0, MAX_SHOWN_TARGET - 1)}…`;
  const toEscape = (char: string) => `\\u{${char.codePointAt(0)?.toString(16)}}`;
  return cut.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu, toEscape);
}

function decode(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined || bytes.length > MAX_TARGET_BYTES) return undefined;
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** Walks to the target as a file system would. */
function leavesBy(
  folder: string,
  path: string,
  targets: ReadonlyMap<string, string | undefined>,
  budget: { steps: number },
): LinkNote["leaves"] {
  const root = folder === "" ? [] : folder.split("/");
  const at = [...root, ...path.split("/").slice(0, -1)];
  const left = partsOf(targets.get(path), budget);
  if (left === undefined) return "Repository";
  for (let expansions = 0; left.length > 0; ) {
    const part = left.pop() ?? "";
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (at.pop() === undefined) return "Repository";
      continue;
    }
    // The checkout's own .git is in no repository.
    if (isGitName(part)) return "Repository";
    at.push(part);
    const within = isWithin(at, root) ? at.slice(root.length).join("/") : "";
    if (!targets.has(within)) continue;
    const more = partsOf(targets.get(within), budget);
    expansions += 1;
    if (more === undefined || expansions > MAX_EXPANSIONS) return "Repository";
    at.pop();
    left.push(...more);
  }
  return isWithin(at, root) ? undefined : "Package";
}

/**
 * The parts of a relative path, the first one last. Undefined: it is absolute here or elsewhere, ends early, or the
 * budget is spent.
 */
function partsOf(target: string | undefined, budget: { steps: number }): string[] | undefined {
  if (target === undefined || target === "" || budget.steps <= 0) return undefined;
  if (/^[/\\]|^[A-Za-z]:|\0/.test(target)) return undefined;
  const parts = target.split(/[/\\]/).reverse();
  budget.steps -= parts.length;
  return parts;
}

function isWithin(path: readonly string[], root: readonly string[]): boolean {
  return root.every((part, index) => path[index] === part);
}
