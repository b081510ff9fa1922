import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Static, Type } from "typebox";
import { validatorOf } from "../../api/schema/validate.ts";
import { filePathProblem } from "../../core/files/file-path.ts";
import { parseJson } from "../../core/identity/parse-json.ts";
import { CliError } from "../cli-error.ts";

/** In a pulled folder: what it was pulled from. Belongs to no package. */
export const STATE_FILE = ".kubectl-pkg.json";

const digests = Type.Record(Type.String(), Type.String());
const state = Type.Object({
  version: Type.Literal(1),
  /** The URL of the API server. */
  server: Type.String(),
  namespace: Type.String(),
  /** Of the package revision's object. */
  name: Type.String(),
  uid: Type.String(),
  /** It is a package of a target, and no blueprint. */
  isOfTarget: Type.Optional(Type.Boolean()),
  /** Path → digest of the file with which the local one is compared: as it was pulled or pushed. */
  files: digests,
  /** Path → digest of the other version that was last shown as a conflict; empty if it was removed there. */
  conflicts: digests,
});

export type FolderState = Static<typeof state>;
const isState = validatorOf(state);

/** Undefined if the folder was not pulled, or does not exist. Throws a CliError for a damaged file. */
export async function readState(dir: string): Promise<FolderState | undefined> {
  const text = await readFile(join(dir, STATE_FILE), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const value = parse(text);
  if (!isState(value) || [value.files, value.conflicts].some(hasOddPath)) {
    throw new CliError("error", `${join(dir, STATE_FILE)} is damaged, or of another version of this program`, [
      "pull the package into a new folder, and copy your changes there",
    ]);
  }
  return value;
}

/** Throws a CliError if the folder was not pulled. */
export async function requireState(dir: string): Promise<FolderState> {
  const found = await readState(dir);
  if (found === undefined) {
    throw new CliError("usage", `${dir} is no folder that a package was pulled into`, [
      "to make one: kubectl pkg pull PACKAGE DIR",
    ]);
  }
  return found;
}

/** Replaces the file: it is never half written. */
export async function writeState(dir: string, value: FolderState): Promise<void> {
  const file = join(dir, STATE_FILE);
  // Not into a file that a link of this name leads to.
  await rm(`${file}.new`, { force: true });
  await writeFile(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`, { flag: "wx" });
  await rename(`${file}.new`, file);
}

function hasOddPath(files: FolderState["files"]): boolean {
  return Object.keys(files).some((path) => filePathProblem(path) !== undefined);
}

function parse(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
