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
/** Longer than what is shown, in whatever characters. */
const SHOWN_BYTES = 1024;
/** Links on the way to a target. Linux follows 40. */
const MAX_EXPANSIONS = 40;
/** Path parts that are followed for one package: hostile links lead through each other. */
const MAX_STEPS = 100_000;
/** One for all: a package may have thousands of links. */
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Where the symlinks of a package lead, by path. `folder`: the package's, from the repository's root.
 *
 * Links of the package are followed on the way to a target. Outside of the package no tree is read: a link there counts
 * as a folder. What cannot be decided (a loop, too many links, a name that another system reads as a separator) counts
 * as leaving the repository.
 */
export function classifyLinks(folder: string, files: readonly TreeEntry[]): ReadonlyMap<string, LinkNote> {
  const links = files.filter(({ mode }) => mode === "120000");
  const targets = new Map(links.map(({ path, bytes }) => [path, isReadable(bytes) ? bytes : undefined]));
  const root = folder === "" ? [] : folder.split("/");
  const top: Place = { below: new Map() };
  const budget = { steps: MAX_STEPS };
  for (const [path, target] of targets) {
    const place = [...root, ...path.split("/")].reduce(enterOrAdd, top);
    place.link = { target };
  }
  return new Map(
    [...targets].map(([path, target]): [string, LinkNote] => {
      if (target === undefined) return [path, { leaves: "Repository" }];
      const at = [...root, ...path.split("/").slice(0, -1)];
      budget.steps -= at.length;
      const leaves = leavesBy(root, at, target, top, budget);
      return [
        path,
        {
          target: showSafely(DECODER.decode(target.subarray(0, SHOWN_BYTES))),
          ...(leaves !== undefined && { leaves }),
        },
      ];
    }),
  );
}

/** A text without control characters, marks of text direction and other invisible characters; cut. */
export function showSafely(text: string): string {
  const cut = text.length <= MAX_SHOWN_TARGET ? text : `${text.slice(0, MAX_SHOWN_TARGET - 1)}…`;
  if (/^[\x20-\x7e]*$/.test(cut)) return cut;
  const toEscape = (char: string) => `\\u{${char.codePointAt(0)?.toString(16)}}`;
  return cut.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu, toEscape);
}

function isReadable(bytes: Uint8Array | undefined): bytes is Uint8Array {
  return bytes !== undefined && bytes.length <= MAX_TARGET_BYTES;
}

/** Walks to the target as a file system would. */
function leavesBy(
  root: readonly string[],
  at: string[],
  target: Uint8Array,
  top: Place,
  budget: { steps: number },
): LinkNote["leaves"] {
  const left = partsOf(target, budget);
  if (left === undefined) return "Repository";
  // Of each part, beside `at`: a target has thousands of parts, of which no path is made.
  const places: (Place | undefined)[] = [];
  for (const part of at) places.push(placeBelow(places, top, part));
  for (let expansions = 0; left.length > 0; ) {
    const part = left.pop() ?? "";
    if (part === "" || part === ".") continue;
    if (part === "..") {
      places.pop();
      if (at.pop() === undefined) return "Repository";
      continue;
    }
    // The checkout's own .git is in no repository.
    if (isGitName(part)) return "Repository";
    const place = placeBelow(places, top, part);
    if (place?.link === undefined) {
      at.push(part);
      places.push(place);
      continue;
    }
    const more = partsOf(place.link.target, budget);
    expansions += 1;
    if (more === undefined || expansions > MAX_EXPANSIONS) return "Repository";
    // No spread: a call has a limit of arguments.
    for (const one of more) left.push(one);
  }
  return isWithin(at, root) ? undefined : "Package";
}

/** A folder on the way to links, or a link, from the repository's root. */
interface Place {
  readonly below: Map<string, Place>;
  /** `target` is undefined if it is too long. */
  link?: { readonly target: Uint8Array | undefined };
}

function enterOrAdd(place: Place, part: string): Place {
  const below = place.below.get(part) ?? { below: new Map() };
  place.below.set(part, below);
  return below;
}

/** Undefined where there is no link below. */
function placeBelow(places: readonly (Place | undefined)[], top: Place, part: string): Place | undefined {
  return (places.length === 0 ? top : places.at(-1))?.below.get(part);
}

/**
 * The parts of a relative path, the first one last. Undefined: it is absolute here or elsewhere, ends early, or the
 * budget is spent.
 */
function partsOf(bytes: Uint8Array | undefined, budget: { steps: number }): string[] | undefined {
  if (bytes === undefined || bytes.length === 0 || budget.steps <= 0) return undefined;
  const target = DECODER.decode(bytes);
  if (/^[/\\]|^[A-Za-z]:|\0/.test(target)) return undefined;
  const parts = target.split(/[/\\]/).reverse();
  budget.steps -= parts.length;
  return parts;
}

function isWithin(path: readonly string[], root: readonly string[]): boolean {
  return root.every((part, index) => path[index] === part);
}
