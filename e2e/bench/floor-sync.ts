import type { PackageRevisionStatus } from "../../src/api/v1alpha1/package-revision-status.ts";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { forEachLimited } from "../../src/controllers/shared/for-each.ts";
import { repositories } from "../../src/controllers/shared/kinds.ts";
import type { KubeClient } from "../../src/kube/client/client.ts";
import type { FloorGit, ReadPackage } from "./floor-git.ts";
import { digestOf, type FloorObjects, now } from "./floor-objects.ts";
import { DEPLOYMENTS, type Files } from "./package.ts";

/** Concurrent writes: the number of connections of the client. */
const CONCURRENCY = 32;

/** A tag, or the branch of a draft. */
interface PackageRef {
  readonly ref: string;
  readonly folder: string;
  readonly name: string;
  /** The revision of a tag, the workspace of a branch. */
  readonly last: string;
  readonly isDraft: boolean;
}

/** The least work that shows the state of Git in the cluster: no watches, no comparison, no cache. */
export class FloorSync {
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #objects: FloorObjects;
  /** Name of the Repository. */
  readonly #repository: string;

  constructor(client: KubeClient, namespace: string, objects: FloorObjects, repository = DEPLOYMENTS) {
    this.#client = client;
    this.#namespace = namespace;
    this.#objects = objects;
    this.#repository = repository;
  }

  /**
   * Three writes for each revision: the object, then in parallel its status (the API server ignores the status of a new
   * custom resource) and its contents; one more for the contents of a draft, which may be edited. Before: one clone,
   * one `git cat-file` for tags and folders and one for files. After: the Repository's status.
   */
  async register(clone: () => Promise<FloorGit>): Promise<FloorGit> {
    const git = await clone();
    await this.#show(git, [...(await git.refs()).keys()].flatMap(readRef));
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
    await Promise.all([this.#show(git, fresh.flatMap(readRef)), this.#writeRepositoryStatus(request)]);
  }

  async #show(git: FloorGit, refs: readonly PackageRef[]): Promise<void> {
    const packages = await git.read(refs);
    const latest = new Map<string, number>();
    for (const { name, last } of refs) latest.set(name, Math.max(latest.get(name) ?? 0, numberOf(last)));
    const all = refs.map((ref, at) => ({ ref, read: packages[at] }));
    await forEachLimited(all, CONCURRENCY, async ({ ref, read }) => {
      if (read === undefined) return;
      if (ref.isDraft) await this.#showDraft(ref, read);
      else await this.#showPublished(ref, read, latest.get(ref.name) === numberOf(ref.last));
    });
  }

  async #showPublished({ name, last }: PackageRef, { commit, files }: ReadPackage, latest: boolean): Promise<void> {
    const object = await this.#objects.createPublished(name, last, latest);
    const facts = { revision: last, commit, ...factsOf(files), publishTimestamp: now() };
    await Promise.all([
      this.#objects.createContents(object, files),
      this.#objects.writeRevisionStatus(object, "Published", { lifecycle: "published", ...facts }),
    ]);
  }

  async #showDraft({ name, last }: PackageRef, { commit, files }: ReadPackage): Promise<void> {
    const object = await this.#objects.createDraft(name, last);
    const writeContents = async () => {
      const contents = await this.#objects.createContents(object, files);
      await this.#objects.writeContentsStatus(contents, { commit, frozen: false });
    };
    const status = { lifecycle: "draft", commit, ...factsOf(files) } as const;
    await Promise.all([writeContents(), this.#objects.writeRevisionStatus(object, "Draft", status)]);
  }

  async #writeRepositoryStatus(request: string): Promise<Repository> {
    const key = { namespace: this.#namespace, name: this.#repository };
    const body = { status: { observedGeneration: 1, lastHandledSyncRequest: request } };
    return await this.#client.patchStatus(repositories, key, { kind: "merge", body });
  }
}

function factsOf(files: Files): Pick<PackageRevisionStatus, "contentDigest" | "files"> {
  return { contentDigest: digestOf(files), files: Object.keys(files).length };
}

function readRef(ref: string): readonly PackageRef[] {
  const [, kind, folder, name, last] = /^refs\/(tags|heads)\/(.*\/([^/]+))\/([a-z0-9]+)$/.exec(ref) ?? [];
  if (folder === undefined || name === undefined || last === undefined) return [];
  return [{ ref, folder, name, last, isDraft: kind === "heads" }];
}

function numberOf(revision: string): number {
  return Number(revision.slice(1));
}
