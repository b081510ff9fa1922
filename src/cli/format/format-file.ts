import { randomUUID } from "node:crypto";
import { lstat, open, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { sameBytes } from "../../core/files/package-file.ts";
import type { TextProblem } from "../../core/validation/file-check.ts";
import { formatYaml } from "./format-yaml.ts";

/** Takes seconds a megabyte; a package's file has one at most. */
const MAX_BYTES = 5 * 1024 * 1024;

export type FileResult =
  | { readonly kind: "same" | "formatted" }
  /** It is left as it is. */
  | { readonly kind: "invalid"; readonly problems: readonly TextProblem[] };

/** Formats a file in place, whole or not at all; its mode stays. `write`: false only tells what would happen. */
export async function formatFile(path: string, write: boolean): Promise<FileResult> {
  const { size, mode } = await lstat(path);
  if (size > MAX_BYTES) return invalid(`is larger than ${MAX_BYTES} bytes`);
  const bytes = await readFile(path);
  const formatted = formatYaml(bytes);
  if ("problems" in formatted) return { kind: "invalid", problems: formatted.problems };
  const next = new TextEncoder().encode(formatted.text);
  if (sameBytes(bytes, next)) return { kind: "same" };
  if (write) await replaceFile(path, next, mode);
  return { kind: "formatted" };
}

function invalid(message: string): FileResult {
  return { kind: "invalid", problems: [{ line: 1, column: 1, message }] };
}

async function replaceFile(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  const file = await open(temporary, "wx", mode);
  try {
    await file.writeFile(bytes);
    await file.chmod(mode);
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close();
    await rm(temporary, { force: true });
    throw error;
  }
}
