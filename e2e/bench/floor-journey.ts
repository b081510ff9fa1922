import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import type { Draft, DraftPush, FloorDrafts } from "./floor-drafts.ts";
import { digestOf, type FloorObjects, now } from "./floor-objects.ts";
import type { Journey, Timing } from "./journey.ts";
import { clock } from "./measure.ts";
import { BLUEPRINT, EDITED_FILE, packageFiles, placement } from "./package.ts";
import type { PushLog } from "./push-log.ts";
import type { Users } from "./requests.ts";

/**
 * Cost of a step: the user's request; one fast-import and one atomic push for all packages; and the writes below. The
 * floor watches and reads nothing: it knows the user's requests, and has the blueprint in memory.
 *
 * create: the contents (frozen) during the push; then, in parallel, the opened contents and the status. edit: then, in
 * parallel, the acknowledgement of the contents and the status. propose: first the frozen contents, since only files
 * that can no longer change may be pushed; then the status. approve: after the push the number and the label, then the
 * status for the new generation.
 */
export class FloorJourney implements Journey {
  readonly #drafts: FloorDrafts;
  readonly #objects: FloorObjects;
  readonly #users: Users;
  readonly #pushes: PushLog;
  readonly #main: () => Promise<string>;

  /** `main`: the commit of the remote's main; read before the time of a step starts. */
  constructor(options: {
    readonly drafts: FloorDrafts;
    readonly objects: FloorObjects;
    readonly users: Users;
    readonly pushes: PushLog;
    readonly main: () => Promise<string>;
  }) {
    this.#drafts = options.drafts;
    this.#objects = options.objects;
    this.#users = options.users;
    this.#pushes = options.pushes;
    this.#main = options.main;
  }

  async create(packages: readonly string[]): Promise<Timing> {
    const files = packageFiles(BLUEPRINT, 1);
    const main = await this.#main();
    const started = clock();
    const objects = await each(packages, (name) => this.#users.createDraft(name));
    const [contents, push] = await Promise.all([
      each(objects, (object) => this.#objects.createContents(object, files)),
      this.#drafts.commit(packages, () => ({ from: main, files })),
    ]);
    packages.forEach((name, at) => {
      const draft = { object: objects[at] as PackageRevision, contents: contents[at] as PackageRevisionResources };
      this.#drafts.add(name, { ...draft, files, commit: push.commits[at] ?? "" });
    });
    await this.#acknowledge(packages, { frozen: false });
    return await this.#timing(started, push);
  }

  async edit(packages: readonly string[]): Promise<Timing> {
    const started = clock();
    await each(packages, async (name) => {
      const draft = this.#drafts.get(name);
      draft.contents = await this.#users.editFile(name, 1);
      draft.files = draft.contents.spec.resources ?? {};
    });
    const push = await this.#drafts.commit(packages, (name) => ({ files: { [EDITED_FILE]: placement(name, 1) } }));
    await this.#acknowledge(packages, {});
    return await this.#timing(started, push);
  }

  async propose(packages: readonly string[]): Promise<Timing> {
    const started = clock();
    await each(packages, async (name) => {
      const draft = this.#drafts.get(name);
      draft.object = await this.#users.propose(name);
      draft.contents = await this.#objects.writeContentsStatus(draft.contents, { frozen: true });
    });
    const push = await this.#drafts.commit(packages, () => ({ files: {} }));
    await each(packages, async (name) => {
      const draft = this.#drafts.get(name);
      const proposal = { digest: digestOf(draft.files), commit: draft.commit, by: "alice", at: now() };
      const status = { ...statusOf(draft), lifecycle: "proposed", proposal } as const;
      draft.object = await this.#objects.writeRevisionStatus(draft.object, "Proposed", status);
    });
    return await this.#timing(started, push);
  }

  async approve(packages: readonly string[], whenRequested: () => Promise<void> = async () => {}): Promise<Timing> {
    const main = await this.#main();
    const started = clock();
    await each(packages, async (name) => {
      const draft = this.#drafts.get(name);
      draft.object = await this.#users.approve(name, draft.object.status?.proposal?.digest ?? "");
    });
    await whenRequested();
    const refs = await this.#drafts.publish(packages, main);
    await each(packages, async (name) => {
      const draft = this.#drafts.get(name);
      const numbered = await this.#objects.setRevision(draft.object, "v1");
      const status = { lifecycle: "published", revision: "v1", publishedBy: "bob", publishTimestamp: now() } as const;
      draft.object = await this.#objects.writeRevisionStatus(numbered, "Published", { ...statusOf(draft), ...status });
    });
    return await this.#timing(started, { refs, before: () => undefined });
  }

  /** Writes the contents' acknowledgement and the draft's status. */
  async #acknowledge(packages: readonly string[], contents: { readonly frozen?: boolean }): Promise<void> {
    await each(packages, async (name) => {
      const draft = this.#drafts.get(name);
      [draft.contents, draft.object] = await Promise.all([
        this.#objects.writeContentsStatus(draft.contents, { commit: draft.commit, ...contents }),
        this.#objects.writeRevisionStatus(draft.object, "Draft", { lifecycle: "draft", ...statusOf(draft) }),
      ]);
    });
  }

  async #timing(started: number, { refs, before }: Pick<DraftPush, "refs" | "before">): Promise<Timing> {
    const toStatus = clock() - started;
    // The pushes are complete: the log has their times.
    const at = await Promise.all(refs.map((ref) => this.#pushes.waitFor(ref, before(ref))));
    return { started, toRef: Math.max(...at) - started, toStatus };
  }
}

/** Fields that every status has. */
function statusOf({ commit, files }: Draft): {
  readonly commit: string;
  readonly contentDigest: string;
  readonly files: number;
} {
  return { commit, contentDigest: digestOf(files), files: Object.keys(files).length };
}

async function each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  return await Promise.all(items.map(work));
}
