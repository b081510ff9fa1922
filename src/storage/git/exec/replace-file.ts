import { rename, writeFile } from "node:fs/promises";

/**
 * Writes a file that only the operator's own user can read (mode 0600). Atomic: whoever reads it, also after the
 * process ended in the middle, finds the old content or the new one. Throws the system's file errors.
 */
export async function replaceFile(path: string, content: string): Promise<void> {
  await writeFile(`${path}.new`, content, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
