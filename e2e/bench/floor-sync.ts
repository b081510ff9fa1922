import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { forEachLimited } from "../../src/controllers/shared/for-each.ts";
import { repositories } from "../../src/controllers/shared/kinds.ts";
import type { KubeClient } from "../../src/kube/client/client.ts";
import type { FloorGit, ReadPackage } from "./floor-git.ts";
import { digestOf, type FloorObjects, now } from "./floor-objects.ts";
import { DEPLOYMENTS } from "./package.ts";

/** Concurrent writes: the number of connections of the client. */
const CONCURRENCY = 32;

interface Tag {
  readonly ref: string;
  readonly folder: string;
  readonly name: string;
  readonly revision: string;
}

/** The least work that shows the state of Git in the cluster: no watches, no comparison, no cache. */
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
   * Three writes for each revision: the object, then in parallel its status (the API server ignores the status of a new
   * custom resource) and its contents. Before: one clone, one `git cat-file` for tags and folders and one for files.
   * After: the Repository's status.
   */
  async register(clone: () => Promise<FloorGit>): Promise<FloorGit> {
    const git = await clone();
    await this.#show(git, [...(await git.refs()).keys()].flatMap(readTag));
    await this.#writeRepositoryStatus("");
    return git;
  }

  /** Lists the remote once, and writes the Repository's status. */
  async resync(git: FloorGit, request: string): Promise<void> {
    await git.list();
    await this.#writeRepositoryStatus(request);
  }

  /**
   * Lists the remote, fetches and reads the new refs, and creates their objects while it writes the Repository's
   * status.
   */
  async discover(git: FloorGit, known: ReadonlySet<string>, request: string): Promise<void> {
    const fresh = [...(await git.list()).keys()].filter((ref) => !known.has(ref));
    await git.fetch(...[...fresh, "refs/heads/main"].map((ref) => `+${ref}:${ref}`));
    await Promise.all([this.#show(git, fresh.flatMap(readTag)), this.#writeRepositoryStatus(request)]);
  }

  async #show(git: FloorGit, tags: readonly Tag[]): Promise<void> {
    const packages = await git.read(tags);
    const latest = new Map<string, number>();
    for (const { name, revision } of tags) latest.set(name, Math.max(latest.get(name) ?? 0, numberOf(revision)));
    const all = tags.map((tag, at) => ({ tag, read: packages[at] }));
    await forEachLimited(all, CONCURRENCY, async ({ tag, read }) => {
      if (read !== undefined) await this.#showOne(tag, read, latest.get(tag.name) === numberOf(tag.revision));
    });
  }

  async #showOne({ name, revision }: Tag, { commit, files }: ReadPackage, latest: boolean): Promise<void> {
    const object = await this.#objects.createPublished(name, revision, latest);
    const count = Object.keys(files).length;
    const facts = { revision, commit, contentDigest: digestOf(files), files: count, publishTimestamp: now() };
    await Promise.all([
      this.#objects.createContents(object, files),
      this.#objects.writeRevisionStatus(object, "Published", { lifecycle: "published", ...facts }),
    ]);
  }

  async #writeRepositoryStatus(request: string): Promise<Repository> {
    const key = { namespace: this.#namespace, name: DEPLOYMENTS };
    const body = { status: { observedGeneration: 1, lastHandledSyncRequest: request } };
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
