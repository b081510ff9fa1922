import { mkdir, mkdtemp, readdir, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { filePathProblem } from "../../core/files/file-path.ts";
import { CATALOG_TARGET } from "../../core/identity/location.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { withCleanUp } from "../interrupts.ts";
import type { Contents } from "../packages/contents.ts";
import { withBase } from "./base.ts";
import { type Comparison, compareFolder, readFolderContents } from "./compare-folder.ts";
import { reportConflicts, requireShown, shownAs } from "./conflicts.ts";
import { digestsOf, writeFiles, writeNewFiles } from "./local-files.ts";
import { type FolderState, requireState, writeState } from "./state.ts";

/**
 * The folder that a package is pulled into by default.
 * @throws CliError refused for a name that is no name of a folder
 */
export function folderNameOf({ spec }: PackageRevision): string {
  const name = spec.packageRevID.package;
  if (filePathProblem(name) === undefined && basename(name) === name) return name;
  throw new CliError("refused", `the package ${JSON.stringify(name)} cannot be the name of a folder`, [
    "name one: DIR",
  ]);
}

/**
 * Writes the files of a package revision into a new folder, whole or not at all.
 * @throws CliError refused if the folder has anything in it
 */
export async function pullInto(context: Context, revision: PackageRevision, dir: string): Promise<Contents> {
  await assertEmpty(dir);
  const cluster = await context.cluster();
  const contents = await readFolderContents(context, revision);
  const { namespace, name, uid = "" } = revision.metadata;
  await mkdir(dirname(dir), { recursive: true });
  const temporary = await mkdtemp(join(dirname(dir), `.${basename(dir)}-`));
  const clean = async () => await rm(temporary, { recursive: true, force: true });
  await withCleanUp(clean, async () => {
    try {
      const folder = join(temporary, "files");
      await mkdir(folder);
      await writeNewFiles(folder, contents.files);
      const files = Object.fromEntries(digestsOf(contents.files));
      const { target } = revision.spec.packageRevID;
      const isOfTarget = target !== undefined && target !== CATALOG_TARGET;
      const from = { server: cluster.server, namespace, name, uid, isOfTarget };
      await writeState(folder, { version: 1, ...from, files, conflicts: {} });
      await rmdir(dir).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
      });
      await rename(folder, dir);
    } finally {
      await clean();
    }
  });
  return contents;
}

async function assertEmpty(dir: string): Promise<void> {
  const entries = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    if (error.code === "ENOTDIR") throw new CliError("refused", `${dir} is a file`);
    throw error;
  });
  if (entries.length === 0) return;
  throw new CliError("refused", `${dir} is not empty: nothing in it is overwritten`, ["name a folder that is new"]);
}

/**
 * Brings a pulled folder up to date: files that others changed, and that were not changed in the folder.
 * @param theirs files in conflict for which the version that was shown is wanted
 * @throws CliError conflict after all other files were brought up to date
 */
export async function updateFolder(context: Context, dir: string, theirs: readonly string[]): Promise<Comparison> {
  const pulled = await requireState(dir);
  const comparison = await compareFolder(context, dir, pulled);
  const { contents, result } = comparison;
  const chosen = theirs.filter((path) => isAsShown(pulled, contents, path));
  const paths = [...result.theirs.map(({ path }) => path), ...chosen];
  await writeFiles(dir, new Map(paths.map((path) => [path, contents.files.get(path)] as const)));
  const state = withBase(pulled, [...paths, ...result.same], contents.files);
  await writeState(dir, state);
  const conflicts = result.conflicts.filter((path) => !chosen.includes(path));
  if (conflicts.length === 0) return comparison;
  throw await reportConflicts(context, dir, state, { ...comparison, result: { ...result, conflicts } });
}

/** True if a file is still the version that was shown: a later one is shown first. */
function isAsShown(state: FolderState, { files }: Contents, path: string): boolean {
  return requireShown(state, path) === shownAs(files.get(path));
}
