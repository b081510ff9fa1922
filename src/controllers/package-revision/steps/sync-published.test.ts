import { describe, expect, it } from "vitest";
import { LABEL_LATEST } from "../../../api/v1alpha1/well-known.ts";
import { StepEnv } from "../testing/step-env.ts";
import { syncPublished } from "./sync-published.ts";

const TAG = "refs/tags/dns/v1";

async function aPublication() {
  const env = await StepEnv.open();
  const name = await env.published("dns", { f: "mine" });
  const sync = async () => {
    const { scope, plan } = await env.plan(name, "syncPublished");
    return await syncPublished(scope, plan.view, plan.published, plan.blocker);
  };
  return { env, name, sync };
}

describe("syncPublished", () => {
  it("gives an object discovered by its tag revision, lifecycle, latest label and contents", async () => {
    const env = await StepEnv.open();
    const commit = env.push("refs/heads/main", { "dns/f": "external" });
    env.remote.setRef(TAG, { oid: commit, commit });
    await env.store.fetch();
    const name = env.create("dns", {}, "v1");
    const { scope, plan } = await env.plan(name, "syncPublished");
    const result = await syncPublished(scope, plan.view, plan.published, plan.blocker);
    const { spec, metadata } = env.revision(name);
    expect(spec).toMatchObject({ lifecycle: "published", packageRevID: { revision: "v1" } });
    expect(metadata.labels).toEqual({ [LABEL_LATEST]: "true" });
    expect(env.page(name).spec.resources).toEqual({ f: "external" });
    expect(result).toMatchObject({
      object: { spec: { lifecycle: "published" } },
      status: { lifecycle: "published", revision: "v1", commit, files: 1 },
      readiness: { state: "ready", reason: "Published", message: "tag dns/v1" },
    });
    expect(result.status.publishedBy).toBeUndefined();
  });

  it("writes nothing if everything agrees with the tag, and keeps the approver", async () => {
    const { env, sync } = await aPublication();
    const before = env.writes();
    expect(await sync()).toMatchObject({ status: { publishedBy: "bob", revision: "v1", proposal: undefined } });
    expect(env.writes()).toEqual(before);
  });

  it("names neither approver nor upstream of a tag without a record, until it has one again", async () => {
    const { env, name, sync } = await aPublication();
    const commit = env.commitOf(TAG) ?? "";
    const signed = env.remote.refs.get(TAG);
    env.remote.setRef(TAG, { oid: commit, commit });
    await env.store.fetch();
    const upstreamLock = { revision: "v1", commit: "1".repeat(40), digest: "sha256:1" };
    env.api.patchStatus("packagerevisions", name, { status: { upstreamLock, publishedBy: "mallory" } });
    const none = { publishedBy: undefined, upstreamLock: undefined };
    expect((await sync()).status).toMatchObject({ commit, provenance: "External", ...none });
    if (signed !== undefined) env.remote.setRef(TAG, signed);
    await env.store.fetch();
    const record = { provenance: "Operator", publishedBy: "bob", upstreamLock: undefined };
    expect((await sync()).status).toMatchObject(record);
  });

  it("believes the digest of the record, not one that another client wrote", async () => {
    const { env, name, sync } = await aPublication();
    const { contentDigest } = env.revision(name).status ?? {};
    env.api.patchStatus("packagerevisions", name, { status: { contentDigest: "sha256:forged" } });
    expect((await sync()).status).toMatchObject({ contentDigest });
  });

  it("writes its part of the object again after a manifest without it has replaced the object", async () => {
    const { env, name, sync } = await aPublication();
    const metadata = { labels: { [LABEL_LATEST]: null } };
    env.api.patch("packagerevisions", name, { metadata, spec: { packageRevID: { revision: null } } });
    await sync();
    expect(env.revision(name).spec.packageRevID.revision).toBe("v1");
    expect(env.revision(name).metadata.labels).toMatchObject({ [LABEL_LATEST]: "true" });
  });

  it("takes the latest label from a revision that has a newer one, and keeps its contents", async () => {
    const { env, name, sync } = await aPublication();
    await env.published("dns", { f: "second" }, "two");
    const result = await sync();
    expect(env.revision(name).metadata.labels ?? {}).not.toHaveProperty(LABEL_LATEST);
    expect(result.readiness.reason).toBe("Published");
  });

  it("changes neither status nor contents for a moved tag, and reports TagMoved", async () => {
    const { env, name, sync } = await aPublication();
    const commit = env.push("refs/heads/other", { "dns/f": "moved" });
    env.remote.setRef(TAG, { oid: commit, commit });
    await env.store.fetch();
    const before = env.writes();
    const result = await sync();
    expect(result).toMatchObject({ readiness: { state: "stalled", reason: "TagMoved" } });
    expect(result.status).toEqual({});
    expect(env.writes()).toEqual(before);
    expect(env.page(name).spec.resources).toEqual({ f: "mine" });
  });

  it("keeps a proposed deletion", async () => {
    const { env, name, sync } = await aPublication();
    env.user.proposeDeletion(name, "deletionProposed");
    expect(await sync()).toMatchObject({
      status: { lifecycle: "deletionProposed" },
      readiness: { state: "ready", reason: "DeletionProposed" },
    });
    expect(env.revision(name).spec.lifecycle).toBe("deletionProposed");
  });
});
