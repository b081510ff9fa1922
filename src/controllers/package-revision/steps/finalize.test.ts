import { describe, expect, it } from "vitest";
import type { KubeObject, ObjectKey, Resource } from "../../../api/meta.ts";
import { ANNOTATION_LIFECYCLE_CHANGED_BY } from "../../../api/v1alpha1/well-known.ts";
import type { ResourcesClient } from "../../../core/ports/resources-client.ts";
import { GitError } from "../../../storage/git/errors.ts";
import { customResourceDefinitions, namespaces, repositories } from "../../shared/kinds.ts";
import { ModelClient } from "../testing/model/client.ts";
import { StepEnv } from "../testing/step-env.ts";
import { finalize, readLive } from "./finalize.ts";

const BRANCH = "refs/heads/dns/one";
const TAG = "refs/tags/dns/v1";

/** A client whose answers about objects of one kind say that they are being deleted. */
class DeletingClient extends ModelClient {
  readonly asked: ObjectKey[] = [];
  readonly #deleted: string;

  constructor(env: StepEnv, { plural }: Resource) {
    super(env.api);
    this.#deleted = plural;
  }

  override async get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): Promise<T> {
    const found = await super.get(resource, key);
    if (resource.plural !== this.#deleted) return found;
    this.asked.push(key);
    return { ...found, metadata: { ...found.metadata, deletionTimestamp: "2025-01-02T03:04:05Z" } };
  }
}

async function deletedDraft() {
  const env = await StepEnv.open();
  const name = await env.draft("dns", { f: "mine" });
  env.api.delete("packagerevisions", name);
  return { env, name };
}

async function run(env: StepEnv, name: string, client: ResourcesClient = env.dependencies.client): Promise<boolean> {
  const { scope, plan } = await env.plan(name, "deleteDraft", { client });
  return await finalize(scope.dependencies, scope.contents, plan, scope.object, scope);
}

function recordEvents() {
  const recorded: object[] = [];
  return { recorded, events: { record: (_: unknown, details: object) => void recorded.push(details) } };
}

describe("finalize", () => {
  it("deletes the draft's branch, its contents objects and then the finalizer; a tag keeps the commit", async () => {
    const { env, name } = await deletedDraft();
    const commit = env.commitOf(BRANCH) ?? "";
    expect(await run(env, name)).toBe(true);
    expect(env.commitOf(BRANCH)).toBeUndefined();
    expect(env.commitOf(`refs/tags/dns/deleted-one-${commit.slice(0, 12)}`)).toBe(commit);
    expect(env.events).toContain("DraftDeleted");
    expect(env.api.contents(name)).toBeUndefined();
    expect(env.api.revision(name)).toBeUndefined();
  });

  it("keeps no tag if the Repository keeps no deleted drafts", async () => {
    const env = await StepEnv.open({ deletedDrafts: { retention: "0s" } });
    const name = await env.draft("dns", { f: "mine" });
    env.api.delete("packagerevisions", name);
    expect(await run(env, name)).toBe(true);
    expect([...env.remote.refs.keys()]).toEqual(["refs/heads/main"]);
  });

  it("leaves nothing in Git of an object whose draft the remote has refused", async () => {
    const env = await StepEnv.open();
    await env.published("dns", { f: "mine" });
    const refs = [...env.remote.refs.keys()];
    const name = env.create("web");
    // As a user creates it.
    env.api.patch("packagerevisions", name, { metadata: { finalizers: null } });
    env.remote.beforePush = () => {
      throw new GitError("PushRejected", "the remote refuses it");
    };
    await expect(env.reconcile(name)).rejects.toThrow("the remote refuses it");
    env.user.delete(name);
    await env.settle(name);
    expect(env.api.revision(name)).toBeUndefined();
    expect([...env.remote.refs.keys()]).toEqual(refs);
  });

  it("uses the tag of the first deletion for a draft that was restored from it", async () => {
    const { env, name } = await deletedDraft();
    const commit = env.commitOf(BRANCH) ?? "";
    await run(env, name);
    env.remote.setRef(BRANCH, { oid: commit, commit });
    await env.store.fetch();
    env.create("dns");
    await env.settle(name);
    expect(env.revision(name).status?.commit).toBe(commit);
    env.api.delete("packagerevisions", name);
    await env.settle(name);
    const tags = [...env.remote.refs.keys()].filter((ref) => ref.startsWith("refs/tags/"));
    expect([env.commitOf(BRANCH), tags]).toEqual([undefined, [`refs/tags/dns/deleted-one-${commit.slice(0, 12)}`]]);
  });

  it("tells by an Event what it deleted in Git", async () => {
    const { env, name } = await deletedDraft();
    const commit = env.commitOf(BRANCH);
    const { events, recorded } = recordEvents();
    const { scope, plan } = await env.plan(name, "deleteDraft", { events });
    await finalize(scope.dependencies, scope.contents, plan, scope.object, scope);
    const note = expect.stringContaining(
      `the branch dns/one, at commit ${commit}, was deleted with its draft; the tag dns/deleted-one-`,
    );
    expect(recorded).toEqual([{ type: "Normal", reason: "DraftDeleted", action: "Delete", note }]);
  });

  it.each([
    ["bob", 'the deletion was proposed by "bob"'],
    [undefined, "the deletion was proposed by a user who is not known"],
  ])("tells by an Event that %s proposed the deletion of a published revision", async (by, who) => {
    const env = await StepEnv.open();
    const name = await env.published("dns", { f: "mine" });
    env.user.proposeDeletion(name, "deletionProposed");
    env.api.patch("packagerevisions", name, {
      metadata: { annotations: { [ANNOTATION_LIFECYCLE_CHANGED_BY]: by ?? null } },
    });
    await env.settle(name);
    env.api.delete("packagerevisions", name);
    const { events, recorded } = recordEvents();
    const { scope, plan } = await env.plan(name, "deletePublished", { events });
    await finalize(scope.dependencies, scope.contents, plan, scope.object, scope);
    const note = `the tag dns/v1 was deleted, and dns/deleted-v1 keeps its commit; ${who}`;
    expect(recorded).toEqual([{ type: "Normal", reason: "Deleted", action: "Delete", note }]);
  });

  it("keeps a branch that others have pushed to, and reports how to delete it", async () => {
    const env = await StepEnv.open();
    const name = await env.draft("dns", { f: "mine" });
    const pushed = env.push(BRANCH, { "dns/g": "theirs" });
    await env.store.fetch();
    await env.settle(name);
    expect(env.revision(name).status?.commit).toBe(pushed);
    env.edit(name, { f: "later" });
    await env.settle(name);
    const head = env.commitOf(BRANCH) ?? "";
    env.api.delete("packagerevisions", name);
    await env.settle(name);
    expect([env.api.revision(name), env.commitOf(BRANCH)]).toEqual([undefined, head]);
    expect(env.events.at(-1)).toBe("BranchKept");

    // It is discovered again; this deletion names its commit.
    env.create("dns");
    await env.settle(name);
    env.user.delete(name, pushed);
    await env.settle(name);
    expect(env.commitOf(BRANCH)).toBe(head);
    env.create("dns");
    await env.settle(name);
    env.user.delete(name, head);
    await env.settle(name);
    expect([env.api.revision(name), env.commitOf(BRANCH)]).toEqual([undefined, undefined]);
  });

  it.each([
    ["CustomResourceDefinition", customResourceDefinitions, "packagerevisions.pkg.pkgserver.dev"],
    ["Namespace", namespaces, "default"],
    ["Repository", repositories, "blue"],
  ] as const)("leaves Git alone if the %s is being deleted, and releases the object", async (_, kind, asked) => {
    const { env, name } = await deletedDraft();
    const client = new DeletingClient(env, kind);
    const before = env.commitOf(BRANCH);
    expect(await run(env, name, client)).toBe(true);
    expect(client.asked.map((key) => key.name)).toEqual([asked]);
    expect(env.commitOf(BRANCH)).toBe(before);
    expect(env.api.revision(name)).toBeUndefined();
  });

  it("leaves Git and an object of the same name with another uid alone", async () => {
    const { env, name } = await deletedDraft();
    const { scope, plan } = await env.plan(name, "deleteDraft");
    env.api.patch("packagerevisions", name, { metadata: { finalizers: null } });
    env.create("dns");
    const before = env.writes();
    expect(await finalize(scope.dependencies, scope.contents, plan, scope.object, scope)).toBe(true);
    expect(env.writes()).toEqual(before);
    expect(env.revision(name).metadata.uid).not.toBe(scope.object.metadata.uid);
  });

  it("returns false and keeps the object if the branch has moved before the push", async () => {
    const { env, name } = await deletedDraft();
    env.remote.beforePush = () => env.push(BRANCH, { "dns/f": "theirs" });
    expect(await run(env, name)).toBe(false);
    expect(env.filesAt(BRANCH)).toEqual({ "dns/f": "theirs" });
    expect(env.api.contents(name)).toBeDefined();
    expect(env.revision(name).metadata.finalizers).toHaveLength(1);
  });

  it("makes the tag of a published revision a tombstone, and takes its folder from main", async () => {
    const env = await StepEnv.open();
    const name = await env.published("dns", { f: "mine" });
    const commit = env.commitOf(TAG);
    env.user.proposeDeletion(name, "deletionProposed");
    await env.settle(name);
    env.api.delete("packagerevisions", name);
    const { scope, plan } = await env.plan(name, "deletePublished");
    expect(await finalize(scope.dependencies, scope.contents, plan, scope.object, scope)).toBe(true);
    expect(env.commitOf(TAG)).toBeUndefined();
    expect([...env.remote.refs.values()].filter((ref) => ref.commit === commit)).toHaveLength(1);
    expect(env.filesAt("refs/heads/main")).toEqual({});
  });

  it("reports why Git keeps a revision that was deleted before the Repository's four eyes were known", async () => {
    const env = await StepEnv.open();
    const name = await env.published("dns", { f: "mine" });
    const commit = env.commitOf(TAG);
    env.user.proposeDeletion(name, "deletionProposed");
    await env.settle(name);
    expect(env.revision(name).status?.deletionProposal).toEqual({ fourEyes: false });
    env.api.patch("repositories", "blue", { spec: { approval: { fourEyes: true } } });
    env.api.delete("packagerevisions", name);
    await env.reconcile(name);
    expect([env.api.revision(name), env.commitOf(TAG)]).toEqual([undefined, commit]);
    expect(env.events).toEqual(["FourEyes"]);
  });

  it("keeps another controller's finalizer", async () => {
    const { env, name } = await deletedDraft();
    const finalizers = ["example.com/other", ...(env.revision(name).metadata.finalizers ?? [])];
    env.api.patch("packagerevisions", name, { metadata: { finalizers } });
    expect(await run(env, name)).toBe(true);
    expect(env.revision(name).metadata.finalizers).toEqual(["example.com/other"]);
  });
});

describe("readLive", () => {
  it("answers from the API server, not from the cache", async () => {
    const { env, name } = await deletedDraft();
    const stale = env.revision(name);
    env.user.label(name, "network");
    expect((await readLive(env.dependencies, stale))?.metadata.labels).toEqual({ team: "network" });
    env.api.patch("packagerevisions", name, { metadata: { finalizers: null } });
    expect(await readLive(env.dependencies, stale)).toBeUndefined();
    env.create("dns");
    expect(await readLive(env.dependencies, stale)).toBeUndefined();
  });
});
