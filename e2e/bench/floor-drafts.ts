import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import type { FloorGit, RefMove } from "./floor-git.ts";
import { ImportStream } from "./import-stream.ts";
import { branchOf, type Files, folderOf, tagOf } from "./package.ts";

const MAIN = "refs/heads/main";
const ABSENT = "";
/** As long as the operator's trailers are. */
const TRAILERS = `\n\n${Array.from({ length: 8 }, (_, at) => `Trailer-${at}: ${"x".repeat(60)}`).join("\n")}\n`;

/** State of a package, kept in memory so that the floor never reads it. */
export interface Draft {
  object: PackageRevision;
  contents: PackageRevisionResources;
  files: Files;
  /** Head of its branch. */
  commit: string;
}

/** A push of several branches. */
export interface DraftPush {
  readonly refs: readonly string[];
  /** Heads of the branches after the push, in the order of `refs`. */
  readonly commits: readonly string[];
  /** Head of a branch before the push. */
  before(ref: string): string | undefined;
}

/**
 * The drafts of a floor, and the floor's commits and pushes: one fast-import and one push for all packages of a step.
 */
export class FloorDrafts {
  readonly #git: FloorGit;
  readonly #drafts = new Map<string, Draft>();

  constructor(git: FloorGit) {
    this.#git = git;
  }

  add(name: string, draft: Draft): void {
    this.#drafts.set(name, draft);
  }

  get(name: string): Draft {
    const draft = this.#drafts.get(name);
    if (draft === undefined) throw new Error(`${name} was not created`);
    return draft;
  }

  /** Adds a commit to each branch, and pushes them. */
  async commit(
    packages: readonly string[],
    describe: (name: string) => { readonly from?: string; readonly files: Files },
  ): Promise<DraftPush> {
    const stream = new ImportStream(seconds());
    const heads = new Map(packages.map((name) => [branchOf(name), this.#drafts.get(name)?.commit]));
    for (const name of packages) {
      const { from = this.#drafts.get(name)?.commit ?? "", files } = describe(name);
      stream.addCommit(branchOf(name), { from, message: `Change ${name}${TRAILERS}`, folder: folderOf(name), files });
    }
    const commits = await this.#git.write(stream);
    const moves = packages.map((name, at): RefMove => {
      return { ref: branchOf(name), from: heads.get(branchOf(name)) ?? ABSENT, to: commits[at] ?? "" };
    });
    await this.#git.push(moves);
    packages.forEach((name, at) => {
      const draft = this.#drafts.get(name);
      if (draft !== undefined) draft.commit = commits[at] ?? "";
    });
    return { refs: moves.map(({ ref }) => ref), commits, before: (ref) => heads.get(ref) };
  }

  /** Begins branches with the commit of the files and that of what a render changes. Returns the heads. */
  async commitTwice(
    packages: readonly string[],
    from: string,
    files: Files,
    rendered: Files,
  ): Promise<readonly string[]> {
    const stream = new ImportStream(seconds());
    for (const name of packages) {
      const [branch, folder] = [branchOf(name), folderOf(name)];
      stream.addCommit(branch, { from, message: `Start ${name}${TRAILERS}`, folder, files });
      stream.addCommit(branch, { message: `Render ${name}${TRAILERS}`, folder, files: rendered });
    }
    const commits = await this.#git.write(stream);
    const heads = packages.map((_, at) => commits[at * 2 + 1] ?? "");
    await this.#git.push(packages.map((name, at) => ({ ref: branchOf(name), from: ABSENT, to: heads[at] ?? "" })));
    return heads;
  }

  /** Deletes branches with one push, and keeps their heads as tags. */
  async remove(packages: readonly string[]): Promise<void> {
    const stream = new ImportStream(seconds());
    for (const name of packages) {
      stream.addTag(`${folderOf(name)}/deleted-first`, this.get(name).commit, `Keep ${name}${TRAILERS}`);
    }
    const tags = await this.#git.write(stream);
    await this.#git.push(
      packages.flatMap((name, at): readonly RefMove[] => [
        { ref: branchOf(name), from: this.get(name).commit, to: ABSENT },
        { ref: `refs/tags/${folderOf(name)}/deleted-first`, from: ABSENT, to: tags[at] ?? "" },
      ]),
    );
  }

  /** Publishes with one push: the folders on main, the tags, and the deletion of the branches. Returns the tags. */
  async publish(packages: readonly string[], main: string): Promise<readonly string[]> {
    const stream = new ImportStream(seconds());
    const marks = packages.map((name, at) => {
      const [folder, message] = [folderOf(name), `Publish ${name}${TRAILERS}`];
      const from = at === 0 ? { from: main } : {};
      const commit = stream.addCommit(MAIN, { ...from, message, folder, files: this.get(name).files });
      return { commit, tag: stream.addTag(`${folder}/v1`, this.get(name).commit, message) };
    });
    const oids = await this.#git.write(stream);
    const oid = (mark: number | undefined) => oids[(mark ?? 0) - 1] ?? "";
    const moves = packages.flatMap((name, at): readonly RefMove[] => [
      { ref: tagOf(name), from: ABSENT, to: oid(marks[at]?.tag) },
      { ref: branchOf(name), from: this.get(name).commit, to: ABSENT },
    ]);
    await this.#git.push([{ ref: MAIN, from: main, to: oid(marks.at(-1)?.commit) }, ...moves]);
    return packages.map((name) => tagOf(name));
  }
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
