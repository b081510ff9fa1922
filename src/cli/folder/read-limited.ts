import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { CliError } from "../cli-error.ts";

/** What users give in files and on stdin are inputs, keys and passwords. */
const MAX_BYTES = 1024 * 1024;

/**
 * Reads a file that the user named, of a megabyte at most.
 * @throws CliError usage for a larger one, and for a folder; else what `explainError` knows
 */
export async function readLocalFile(cwd: string, file: string): Promise<Buffer> {
  return await readLimited(createReadStream(resolve(cwd, file)), file).catch((error: NodeJS.ErrnoException) => {
    // Without its path.
    if (error.code === "EISDIR") throw new CliError("usage", `${JSON.stringify(file)} is a folder`);
    throw error;
  });
}

/** Reads a stream to its end, of a megabyte at most. Throws a CliError usage for a longer one. */
export async function readLimited(stream: Readable, name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_BYTES) throw new CliError("usage", `${JSON.stringify(name)} has more than ${MAX_BYTES} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
