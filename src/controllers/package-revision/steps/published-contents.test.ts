import { describe, expect, it } from "vitest";
import type { ContentsMode } from "../../../api/v1alpha1/repository-spec.ts";
import { ANNOTATION_SHOW_CONTENTS } from "../../../api/v1alpha1/well-known.ts";
import { BY_US } from "../testing/model/remote.ts";
import { StepEnv } from "../testing/step-env.ts";
import { syncPublishedContents } from "./published-contents.ts";
import { syncPublished } from "./sync-published.ts";

async function publishedWith(contents: ContentsMode) {
  const env = await StepEnv.open();
  const name = await env.published("dns", { f: "mine" });
  env.api.patch("repositories", "blue", { spec: { contents } });
  const sync = async () => {
    const { scope, plan } = await env.plan(name, "syncPublished");
    return await syncPublishedContents(scope, plan.view, plan.published);
  };
  return { env, name, sync };
}

describe("syncPublishedContents", () => {
  it("keeps the files that retention keeps, and reports the facts that status has without reading Git", async () => {
    const { env, name, sync } = await publishedWith("All");
    const { contentDigest, files, contentsSize } = env.revision(name).status ?? {};
    const before = env.writes();
    expect(await sync()).toEqual({ digest: contentDigest, files, size: contentsSize, kept: true });
    expect(env.writes()).toEqual(before);
  });

  it("removes the files that retention does not keep, and reports the same facts", async () => {
    const { env, name, sync } = await publishedWith("Latest");
    const { contentDigest, files, contentsSize } = env.revision(name).status ?? {};
    await env.published("dns", { f: "second" }, "two");
    expect(await sync()).toEqual({ digest: contentDigest, files, size: contentsSize, kept: false });
    expect(env.api.contents(name)).toBeUndefined();
  });

  it("shows removed files again on demand", async () => {
    const { env, name, sync } = await publishedWith("Latest");
    await env.published("dns", { f: "second" }, "two");
    await sync();
    env.api.patch("packagerevisions", name, { metadata: { annotations: { [ANNOTATION_SHOW_CONTENTS]: "true" } } });
    expect(await sync()).toMatchObject({ kept: true });
    expect(env.page(name).spec.resources).toEqual({ f: "mine" });
  });

  it("reports GitOnly, and how to see the files, in status", async () => {
    const { env, name } = await publishedWith("Latest");
    await env.published("dns", { f: "second" }, "two");
    const { scope, plan } = await env.plan(name, "syncPublished");
    const result = await syncPublished(scope, plan.view, plan.published);
    expect(result.status).toMatchObject({ contents: "GitOnly", files: 1 });
    expect(result.readiness.message).toContain(ANNOTATION_SHOW_CONTENTS);
  });

  it("shows the tag's files in the contents object of a draft that was published meanwhile", async () => {
    const env = await StepEnv.open();
    const name = await env.draft("dns", { f: "draft" });
    env.edit(name, { f: "too late" });
    const commit = env.commitOf("refs/heads/dns/one") ?? "";
    env.remote.setRef("refs/heads/dns/one", undefined);
    // As an operator of another replica does it, whose status was lost with the API server.
    env.remote.setRef(
      "refs/tags/dns/v1",
      env.remote.tag("dns/v1", commit, env.remote.commits.get(commit)?.message ?? "", BY_US),
    );
    await env.store.fetch();
    const { scope, plan } = await env.plan(name, "syncPublished");
    expect(await syncPublishedContents(scope, plan.view, plan.published)).toMatchObject({ files: 1, kept: true });
    expect(env.page(name)).toMatchObject({ spec: { resources: { f: "draft" } }, status: { frozen: true, commit } });
  });
});
