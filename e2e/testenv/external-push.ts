import { runGit } from "../harness/git-command.ts";
import type { GitServer } from "../harness/git-server.ts";

/** Text, bytes, or another kind of tree entry; null deletes the file or folder. */
export type FileEntry =
  | string
  | Uint8Array
  | { readonly executable: string }
  | { readonly symlink: string }
  | { readonly submodule: string }
  | null;

/** One commit, and the refs that point at it. */
export interface Push {
  /** `main` by default. */
  readonly branch?: string;
  /** Start of a new branch, such as `refs/heads/main`; by default it has no parent. */
  readonly from?: string;
  /** Begins at `from` although the branch exists: its commits are lost. */
  readonly rewrite?: boolean;
  /** A second parent of the commit. */
  readonly merge?: string;
  /** Path from the repository's root → new entry. */
  readonly files?: Readonly<Record<string, FileEntry>>;
  /** Lightweight tags, full names without `refs/tags/`; existing ones are moved. */
  readonly tags?: readonly string[];
  readonly annotated?: readonly string[];
  /** Message of the commit and of the annotated tags. */
  readonly message?: string;
  /** Seconds after the time that all other commits have. */
  readonly later?: number;
}

const TIME = 1_767_225_600;

/** Commits pushed to the packages' branches: none may be lost. */
const pushedToMain = new WeakMap<GitServer, { readonly repository: string; readonly commit: string }[]>();

/** Every commit that tests have pushed to `main`, oldest first. */
export function commitsOnMain(git: GitServer): readonly { readonly repository: string; readonly commit: string }[] {
  return pushedToMain.get(git) ?? [];
}

/** Commits and tags in a bare repository, as a user without pkgserver would. Returns the commits. */
export async function pushExternally(
  git: GitServer,
  repository: string,
  ...pushes: readonly Push[]
): Promise<readonly string[]> {
  const heads = new Set((await git.git(repository, "for-each-ref", "--format=%(refname)", "refs/heads/")).split("\n"));
  const parts: (string | Uint8Array)[] = [];
  for (const [index, push] of pushes.entries()) {
    const ref = `refs/heads/${push.branch ?? "main"}`;
    parts.push(...describePush(push, ref, index + 1, heads.has(ref) && push.rewrite !== true ? `${ref}^0` : push.from));
    // fast-import itself continues from the branch that it has written.
    heads.delete(ref);
  }
  const input = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
  const printed = await runGit(git.path(repository), ["fast-import", "--quiet", "--force"], { input });
  const commits = printed.trim().split("\n");
  const toMain = commits.filter((_, index) => (pushes[index]?.branch ?? "main") === "main");
  pushedToMain.set(git, [...commitsOnMain(git), ...toMain.map((commit) => ({ repository, commit }))]);
  return commits;
}

function describePush(push: Push, ref: string, mark: number, from: string | undefined): (string | Uint8Array)[] {
  const person = `External User <external@example.com> ${TIME + (push.later ?? 0)} +0000`;
  const parts: (string | Uint8Array)[] = [
    `commit ${ref}\nmark :${mark}\ncommitter ${person}\n`,
    ...data(push.message ?? "A change"),
  ];
  if (from !== undefined) parts.push(`from ${from}\n`);
  if (push.merge !== undefined) parts.push(`merge ${push.merge}\n`);
  for (const [path, entry] of Object.entries(push.files ?? {})) parts.push(...describeFile(quote(path), entry));
  parts.push("\n");
  for (const tag of push.tags ?? []) parts.push(`reset refs/tags/${tag}\nfrom :${mark}\n\n`);
  for (const tag of push.annotated ?? []) {
    parts.push(`tag ${tag}\nfrom :${mark}\ntagger ${person}\n`, ...data(push.message ?? `Release ${tag}`));
  }
  parts.push(`get-mark :${mark}\n`);
  return parts;
}

function describeFile(path: string, entry: FileEntry): (string | Uint8Array)[] {
  if (entry === null) return [`D ${path}\n`];
  if (typeof entry === "string" || entry instanceof Uint8Array) return [`M 100644 inline ${path}\n`, ...data(entry)];
  if ("executable" in entry) return [`M 100755 inline ${path}\n`, ...data(entry.executable)];
  if ("symlink" in entry) return [`M 120000 inline ${path}\n`, ...data(entry.symlink)];
  return [`M 160000 ${entry.submodule} ${path}\n`];
}

function data(value: string | Uint8Array): (string | Uint8Array)[] {
  const bytes = typeof value === "string" ? Buffer.from(value) : value;
  return [`data ${bytes.length}\n`, bytes, "\n"];
}

function quote(path: string): string {
  return `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** Every ref with its object id: equal before and after if nothing was written to Git. */
export async function listRefs(git: GitServer, repository: string): Promise<string> {
  return await git.git(repository, "for-each-ref", "--format=%(refname) %(objectname)");
}
