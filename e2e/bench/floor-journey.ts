import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import type { FloorGit, RefMove } from "./floor-git.ts";
import { digestOf, type FloorObjects, now } from "./floor-objects.ts";
import { ImportStream } from "./import-stream.ts";
import type { Journey, Timing } from "./journey.ts";
import { clock } from "./measure.ts";
import { BLUEPRINT, branchOf, EDITED_FILE, type Files, folderOf, packageFiles, placement, tagOf } from "./package.ts";
import type { PushLog } from "./push-log.ts";
import type { Users } from "./requests.ts";

const MAIN = "refs/heads/main";
const ABSENT = "";
/** As long as the operator's trailers are. */
const TRAILERS = `\n\n${Array.from({ length: 8 }, (_, at) => `Trailer-${at}: ${"x".repeat(60)}`).join("\n")}\n`;

/** What the floor remembers of a package, so that it need not ask. */
interface Draft {
  object: PackageRevision;
  contents: PackageRevisionResources;
  files: Files;
  /** The head of its branch. */
  commit: string;
}

/**
 * A step costs: the user's request; one fast-import and one atomic push for all packages of the step; and the writes
 * below. The floor watches nothing and reads nothing: it knows what the user did, and has the blueprint in memory.
 *
 * create: contents made (frozen) while the push runs; then, at the same time, contents opened and status. edit: then,
 * at the same time, the contents' acknowledgement and status. propose: contents frozen first, since what is pushed must
 * be what nobody can change any more; then status. approve: after the push the number and the label, then status for
 * the generation that this made.
 */
export class FloorJourney implements Journey {
  readonly #git: FloorGit;
  readonly #objects: FloorObjects;
  readonly #users: Users;
  readonly #pushes: PushLog;
  readonly #drafts = new Map<string, Draft>();
  readonly #main: () => Promise<string>;

  /** `main`: the commit of the remote's main; it is looked at before a step begins, and costs the floor nothing. */
  constructor(options: {
    readonly git: FloorGit;
    readonly objects: FloorObjects;
    readonly users: Users;
    readonly pushes: PushLog;
    readonly main: () => Promise<string>;
  }) {
    this.#git = options.git;
    this.#objects = options.objects;
    this.#users = options.users;
    this.#pushes = options.pushes;
    this.#main = options.main;
  }

  async create(packages: readonly string[]): Promise<Timing> {
    const files = packageFiles(BLUEPRINT, 1);
    const main = await this.#main();
    const began = clock();
    const objects = await each(packages, (name) => this.#users.createDraft(name));
    const [contents, pushed] = await Promise.all([
      each(objects, (object) => this.#objects.createContents(object, files)),
      this.#commit(packages, () => ({ from: main, files })),
    ]);
    const made = packages.map((name, at) => {
      const draft = { object: objects[at] as PackageRevision, contents: contents[at] as PackageRevisionResources };
      this.#drafts.set(name, { ...draft, files, commit: pushed.commits[at] ?? "" });
      return name;
    });
    await this.#note(made, "Draft", "draft", { frozen: false });
    return await this.#timing(began, pushed);
  }

  async edit(packages: readonly string[]): Promise<Timing> {
    const began = clock();
    await each(packages, async (name) => {
      const draft = this.#draft(name);
      draft.contents = await this.#users.editFile(name, 1);
      draft.files = draft.contents.spec.resources ?? {};
    });
    const pushed = await this.#commit(packages, (name) => ({ files: { [EDITED_FILE]: placement(name, 1) } }));
    await this.#note(packages, "Draft", "draft", {});
    return await this.#timing(began, pushed);
  }

  async propose(packages: readonly string[]): Promise<Timing> {
    const began = clock();
    await each(packages, async (name) => {
      const draft = this.#draft(name);
      draft.object = await this.#users.propose(name);
      draft.contents = await this.#objects.noteContents(draft.contents, { frozen: true });
    });
    const pushed = await this.#commit(packages, () => ({ files: {} }));
    await each(packages, async (name) => {
      const draft = this.#draft(name);
      const proposal = { digest: digestOf(draft.files), commit: draft.commit, by: "alice", at: now() };
      const status = { ...facts(draft), lifecycle: "proposed", proposal } as const;
      draft.object = await this.#objects.noteRevision(draft.object, "Proposed", status);
    });
    return await this.#timing(began, pushed);
  }

  async approve(packages: readonly string[], whenAsked: () => Promise<void> = async () => {}): Promise<Timing> {
    const main = await this.#main();
    const began = clock();
    await each(packages, async (name) => {
      const draft = this.#draft(name);
      draft.object = await this.#users.approve(name, draft.object.status?.proposal?.digest ?? "");
    });
    await whenAsked();
    const refs = await this.#publish(packages, main);
    await each(packages, async (name) => {
      const draft = this.#draft(name);
      const numbered = await this.#objects.numberPublished(draft.object, "v1");
      const status = { lifecycle: "published", revision: "v1", publishedBy: "bob", publishTimestamp: now() } as const;
      draft.object = await this.#objects.noteRevision(numbered, "Published", { ...facts(draft), ...status });
    });
    return await this.#timing(began, { refs, before: () => undefined });
  }

  /** A commit on each branch, one push for all. */
  async #commit(
    packages: readonly string[],
    describe: (name: string) => { readonly from?: string; readonly files: Files },
  ): Promise<{ refs: readonly string[]; commits: readonly string[]; before: (ref: string) => string | undefined }> {
    const stream = new ImportStream(seconds());
    const known = new Map(packages.map((name) => [branchOf(name), this.#drafts.get(name)?.commit]));
    for (const name of packages) {
      const { from = this.#drafts.get(name)?.commit ?? "", files } = describe(name);
      stream.addCommit(branchOf(name), { from, message: `Change ${name}${TRAILERS}`, folder: folderOf(name), files });
    }
    const commits = await this.#git.write(stream);
    const moves = packages.map((name, at): RefMove => {
      return { ref: branchOf(name), from: known.get(branchOf(name)) ?? ABSENT, to: commits[at] ?? "" };
    });
    await this.#git.push(moves);
    packages.forEach((name, at) => {
      const draft = this.#drafts.get(name);
      if (draft !== undefined) draft.commit = commits[at] ?? "";
    });
    return { refs: moves.map(({ ref }) => ref), commits, before: (ref) => known.get(ref) };
  }

  /** Folders on main, tags, branches gone: one push. */
  async #publish(packages: readonly string[], main: string): Promise<readonly string[]> {
    const stream = new ImportStream(seconds());
    const marks = packages.map((name, at) => {
      const [folder, message] = [folderOf(name), `Publish ${name}${TRAILERS}`];
      const from = at === 0 ? { from: main } : {};
      const commit = stream.addCommit(MAIN, { ...from, message, folder, files: this.#draft(name).files });
      return { commit, tag: stream.addTag(`${folder}/v1`, this.#draft(name).commit, message) };
    });
    const oids = await this.#git.write(stream);
    const oid = (mark: number | undefined) => oids[(mark ?? 0) - 1] ?? "";
    const moves = packages.flatMap((name, at): readonly RefMove[] => [
      { ref: tagOf(name), from: ABSENT, to: oid(marks[at]?.tag) },
      { ref: branchOf(name), from: this.#draft(name).commit, to: ABSENT },
    ]);
    await this.#git.push([{ ref: MAIN, from: main, to: oid(marks.at(-1)?.commit) }, ...moves]);
    return packages.map((name) => tagOf(name));
  }

  async #note(
    packages: readonly string[],
    reason: string,
    lifecycle: "draft",
    contents: { readonly frozen?: boolean },
  ): Promise<void> {
    await each(packages, async (name) => {
      const draft = this.#draft(name);
      [draft.contents, draft.object] = await Promise.all([
        this.#objects.noteContents(draft.contents, { commit: draft.commit, ...contents }),
        this.#objects.noteRevision(draft.object, reason, { lifecycle, ...facts(draft) }),
      ]);
    });
  }

  async #timing(
    began: number,
    { refs, before }: { readonly refs: readonly string[]; readonly before: (ref: string) => string | undefined },
  ): Promise<Timing> {
    const toStatus = clock() - began;
    // Long there; the log knows when.
    const at = await Promise.all(refs.map((ref) => this.#pushes.waitFor(ref, before(ref))));
    return { began, toRef: Math.max(...at) - began, toStatus };
  }

  #draft(name: string): Draft {
    const draft = this.#drafts.get(name);
    if (draft === undefined) throw new Error(`${name} was not created`);
    return draft;
  }
}

function facts({ commit, files }: Draft): {
  readonly commit: string;
  readonly contentDigest: string;
  readonly files: number;
} {
  return { commit, contentDigest: digestOf(files), files: Object.keys(files).length };
}

async function each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  return await Promise.all(items.map(work));
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
