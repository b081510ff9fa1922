import type { Context } from "../context.ts";
import { readLimited, readLocalFile } from "../folder/read-limited.ts";
import { type InputObject, parseInputs } from "./inputs.ts";

/** An input, and where it was read. */
export interface ReadInput {
  readonly object: InputObject;
  /** `values.yaml, document 1` */
  readonly source: string;
}

/** The objects of files that the user has named; `-` is stdin. Throws a CliError for what is no KRM object. */
export async function readInputs(context: Context, files: readonly string[]): Promise<readonly ReadInput[]> {
  const all: ReadInput[] = [];
  for (const file of files) {
    const name = file === "-" ? "stdin" : file;
    const bytes = file === "-" ? await readLimited(context.stdin, name) : await readLocalFile(context.cwd, file);
    const objects = parseInputs(name, bytes);
    all.push(...objects.map((object, at) => ({ object, source: `${name}, document ${at + 1}` })));
  }
  return all;
}
