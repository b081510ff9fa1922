import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { forEachLimited } from "../../src/controllers/shared/for-each.ts";
import { repositories } from "../../src/controllers/shared/kinds.ts";
import type { KubeClient } from "../../src/kube/client/client.ts";
import type { FloorGit, ReadPackage } from "./floor-git.ts";
import { digestOf, type FloorObjects, now } from "./floor-objects.ts";
import { DEPLOYMENTS } from "./package.ts";

/** As many writes at a time as the client has connections. */
const AT_ONCE = 32;

interface Tag {
  readonly ref: string;
  readonly folder: string;
  readonly name: string;
  readonly revision: string;
}

/** What it takes to show what Git has; nothing is watched, compared or remembered. */
export class FloorSync {
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #objects: FloorObjects;

  constructor(client: KubeClient, namespace: string, objects: FloorObjects) {
    this.#client = client;
    this.#namespace = namespace;
    this.#objects = objects;
  }

  /**
   * Three writes a revision: the object; then its status (a custom resource cannot be created with one) and its
   * contents at the same time. One clone, one `git cat-file` for tags and folders and one for files before; the
   * Repository's status after.
   */
  async register(clone: () => Promise<FloorGit>): Promise<FloorGit> {
    const git = await clone();
    await this.#show(git, [...(await git.refs()).keys()].flatMap(readTag));
    await this.#noteRepository("");
    return git;
  }

  /** The remote is listed once, and the Repository's status says so. */
  async resync(git: FloorGit, asked: string): Promise<void> {
    await git.list();
    await this.#noteRepository(asked);
  }

  /**
   * The remote is listed, the new refs are fetched and read, and their objects made while the Repository's status says
   * so.
   */
  async discover(git: FloorGit, known: ReadonlySet<string>, asked: string): Promise<void> {
    const fresh = [...(await git.list()).keys()].filter((ref) => !known.has(ref));
    await git.fetch(...[...fresh, "refs/heads/main"].map((ref) => `+${ref}:${ref}`));
    await Promise.all([this.#show(git, fresh.flatMap(readTag)), this.#noteRepository(asked)]);
  }

  async #show(git: FloorGit, tags: readonly Tag[]): Promise<void> {
    const packages = await git.read(tags);
    const latest = new Map<string, number>();
    for (const { name, revision } of tags) latest.set(name, Math.max(latest.get(name) ?? 0, numberOf(revision)));
    const all = tags.map((tag, at) => ({ tag, read: packages[at] }));
    await forEachLimited(all, AT_ONCE, async ({ tag, read }) => {
      if (read !== undefined) await this.#showOne(tag, read, latest.get(tag.name) === numberOf(tag.revision));
    });
  }

  async #showOne({ name, revision }: Tag, { commit, files }: ReadPackage, latest: boolean): Promise<void> {
    const object = await this.#objects.createPublished(name, revision, latest);
    const count = Object.keys(files).length;
    const facts = { revision, commit, contentDigest: digestOf(files), files: count, publishTimestamp: now() };
    await Promise.all([
      this.#objects.createContents(object, files),
      this.#objects.noteRevision(object, "Published", { lifecycle: "published", ...facts }),
    ]);
  }

  async #noteRepository(asked: string): Promise<Repository> {
    const key = { namespace: this.#namespace, name: DEPLOYMENTS };
    const body = { status: { observedGeneration: 1, lastHandledSyncRequest: asked } };
    return await this.#client.patchStatus(repositories, key, { kind: "merge", body });
  }
}

function readTag(ref: string): readonly Tag[] {
  const [, folder, name, revision] = /^refs\/tags\/(.*\/([^/]+))\/(v[0-9]+)$/.exec(ref) ?? [];
  return folder === undefined || name === undefined || revision === undefined ? [] : [{ ref, folder, name, revision }];
}

function numberOf(revision: string): number {
  return Number(revision.slice(1));
}
