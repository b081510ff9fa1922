import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { FunctionUnavailable } from "../core/ports/function-runtime.ts";

/** More is no function. */
const MAX_BYTES = 512 * 1024 * 1024;

/** `sha256:` and the digest in hexadecimal digits. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Reads a program. Throws `FunctionUnavailable` if there is none, or another one than `digest` says. */
export async function readProgram(file: string, digest: string): Promise<Uint8Array> {
  const bytes = await readBounded(file);
  const found = digestOf(bytes);
  if (found === digest) return bytes;
  throw new FunctionUnavailable(`the settings of functions allow ${digest} as ${file}, which is ${found}`);
}

async function readBounded(file: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file);
    if (size <= MAX_BYTES) return await readFile(file);
  } catch (error) {
    throw new FunctionUnavailable(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? error}`);
  }
  throw new FunctionUnavailable(`${file} has more than ${MAX_BYTES} bytes`);
}

/** What changes when a file is written or replaced. */
export async function fileState(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
  } catch (error) {
    throw new FunctionUnavailable(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? error}`);
  }
}
