import { packageContents } from "../../api/resources.ts";
import type { PackageRevisionResources } from "../../api/v1alpha1/package-revision-resources.ts";
import { ANNOTATION_EDITED_BY } from "../../api/v1alpha1/well-known.ts";
import { type PageEdit, planPageEdits } from "../../core/files/page-edits.ts";
import type { FileChange } from "../../core/files/three-way.ts";
import { compare } from "../../core/identity/compare.ts";
import { isConflict } from "../../kube/client/errors.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { shortName } from "../names/query.ts";
import { printableLine } from "../output/printable.ts";
import { editHint, requireLifecycle } from "../packages/lifecycle.ts";
import { withUser } from "../packages/user-names.ts";
import { withBase } from "./base.ts";
import { type Comparison, compareFolder } from "./compare-folder.ts";
import { chooseOurs, reportConflicts } from "./conflicts.ts";
import { type FolderState, writeState } from "./state.ts";

/** Another user's edit between reading and writing is no conflict as long as it is of other files. */
const MAX_ATTEMPTS = 10;

export interface PushOptions {
  /** Files in conflict whose local version is wanted. */
  readonly ours: readonly string[];
  /** The API server checks everything, and stores nothing. */
  readonly dryRun: boolean;
}

export interface PushResult {
  readonly comparison: Comparison;
  /** What was sent, sorted. */
  readonly pushed: readonly FileChange[];
  /** The pages that were written, as the API server answered. */
  readonly written: readonly PackageRevisionResources[];
}

/**
 * Sends what changed in a folder, and nothing else: each page is written only as it was read. A page that was edited
 * meanwhile is compared again.
 * @throws CliError conflict if a file was changed on both sides; nothing of that file is written
 */
export async function pushFolder(
  context: Context,
  dir: string,
  pulled: FolderState,
  { ours, dryRun }: PushOptions,
): Promise<PushResult> {
  const written = new Map<string, PackageRevisionResources>();
  const pushed = new Map<string, FileChange>();
  let state = chooseOurs(pulled, ours);
  for (let attempt = 1; ; attempt++) {
    const comparison = await compareFolder(context, dir, state);
    requireLifecycle(comparison.revision, ["draft"], editHint);
    if (comparison.result.conflicts.length > 0) throw await reportConflicts(context, dir, state, comparison);
    const save = async (paths: Iterable<string>) => {
      state = withBase(state, paths, comparison.local);
      if (!dryRun) await writeState(dir, state);
    };
    await save(comparison.result.same);
    const isComplete = await writePages(context, comparison, dryRun, async (page, paths) => {
      written.set(page.metadata.name, page);
      for (const change of comparison.result.ours) if (paths.has(change.path)) pushed.set(change.path, change);
      await save(paths);
    });
    if (isComplete) return { comparison, written: [...written.values()], pushed: [...pushed.values()].sort(byPath) };
    if (attempt === MAX_ATTEMPTS) {
      throw new CliError("conflict", `${shortName(comparison.revision)} is being edited all the time: try again`);
    }
  }
}

function byPath(a: FileChange, b: FileChange): number {
  return compare(a.path, b.path);
}

/** Writes page by page. Returns false if one was edited meanwhile. */
async function writePages(
  context: Context,
  comparison: Comparison,
  dryRun: boolean,
  onWritten: (page: PackageRevisionResources, paths: ReadonlySet<string>) => Promise<void>,
): Promise<boolean> {
  const { client, whoami } = await context.cluster();
  for (const [number, edit] of planEdits(comparison)) {
    const page = comparison.contents.pages[number - 1];
    if (page === undefined) throw new Error(`there is no page ${number}`);
    const { namespace, name, resourceVersion, annotations } = page.metadata;
    const editors = withUser(annotations?.[ANNOTATION_EDITED_BY], await whoami());
    const metadata = { resourceVersion, annotations: { [ANNOTATION_EDITED_BY]: editors } };
    try {
      const patch = { kind: "merge", body: { metadata, spec: edit } } as const;
      const answer = await client.patch(packageContents, { namespace, name }, patch, { dryRun });
      await onWritten(
        answer,
        new Set([...Object.keys(edit.resources ?? {}), ...Object.keys(edit.binaryResources ?? {})]),
      );
    } catch (error) {
      if (isConflict(error)) return false;
      throw error;
    }
  }
  return true;
}

function planEdits({ revision, contents, local, result }: Comparison): ReadonlyMap<number, PageEdit> {
  const changes = new Map(result.ours.map(({ path }) => [path, local.get(path)] as const));
  const pages = { count: contents.pages.length, files: contents.files, placed: contents.placed };
  const { edits, tooLarge, noRoom } = planPageEdits(pages, changes);
  if (tooLarge.length + noRoom.length === 0) return edits;
  const files = [...tooLarge, ...noRoom].map(printableLine).join(", ");
  throw new CliError("refused", `the objects of ${shortName(revision)} have no room for ${files}`, [
    `push these files with git, to the branch of the draft, which begins at ${revision.status?.commit ?? "its base"}`,
  ]);
}
