import { describe, expect, it, vi } from "vitest";
import type { KubeObject } from "../../api/meta.ts";
import { ANNOTATION_EDITED_BY } from "../../api/v1alpha1/well-known.ts";
import type { RevisionView } from "../../core/revision/observation.ts";
import { observe } from "./observe.ts";
import { StepEnv } from "./testing/step-env.ts";

const CACHED: KubeObject = { metadata: { name: "cached", annotations: { [ANNOTATION_EDITED_BY]: "ann" } } };
/** The cache of a replica that has not seen the last edit. */
const STALE = { contents: { byIndex: () => [CACHED] } };

async function approved(fourEyes: boolean) {
  const env = await StepEnv.open({ approval: { fourEyes } });
  const name = await env.draft("dns", { f: "mine" });
  env.api.patch("packagerevisionresourceses", name, {
    metadata: { annotations: { [ANNOTATION_EDITED_BY]: "ann\nbob" } },
  });
  env.user.setLifecycle(name, "proposed");
  await env.settle(name);
  env.user.approve(name);
  return { env, name };
}

describe("the editors in an observation", () => {
  it("come from the API server where four eyes decide on an approval", async () => {
    const { env, name } = await approved(true);
    const { editors } = await observe({ ...env.dependencies, ...STALE }, env.contents, env.revision(name));
    expect(editors).toEqual(["ann", "bob"]);
  });

  it("come from the cache and from Git where nothing depends on them", async () => {
    const { env, name } = await approved(false);
    const { editors } = await observe({ ...env.dependencies, ...STALE }, env.contents, env.revision(name));
    // Git has the others.
    expect(editors).toEqual(["bob", "ann"]);
    env.api.patch("repositories", "blue", { spec: { approval: { fourEyes: true } } });
    env.api.patch("packagerevisions", name, { spec: { lifecycle: "proposed" } });
    const proposed = await observe({ ...env.dependencies, ...STALE }, env.contents, env.revision(name));
    expect(proposed.editors).toEqual(["bob", "ann"]);
  });
});

describe("editors whom Git does not name", () => {
  it.each([true, false])("are reported where four eyes decide: %s", async (editorsUnknown) => {
    const { env, name } = await approved(true);
    const { registry } = env.dependencies;
    const { store } = registry.get("default/blue") ?? {};
    if (store === undefined) throw new Error("not read");
    const view = await store.observe(env.revision(name));
    const found = { ...view.found, ...(editorsUnknown && { editorsUnknown }) };
    vi.spyOn(store, "observe").mockResolvedValue({ ...view, found } as RevisionView);
    const { hasUnknownEditors } = await observe(env.dependencies, env.contents, env.revision(name));
    expect(hasUnknownEditors).toBe(editorsUnknown);
  });
});

describe("an object that is deleted", () => {
  const deletionTimestamp = "2026-01-01T00:00:00Z";

  it("is observed in Git only as long as its Repository stays", async () => {
    const env = await StepEnv.open();
    const object = env.revision(await env.draft("dns", { f: "mine" }));
    const deleted = { ...object, metadata: { ...object.metadata, deletionTimestamp } };
    expect((await observe(env.dependencies, env.contents, deleted)).view).toBeDefined();
    const repository = env.dependencies.repositories.get("default/blue");
    const going = { ...repository, metadata: { ...repository?.metadata, deletionTimestamp } };
    for (const get of [() => going, () => undefined]) {
      const dependencies = { ...env.dependencies, repositories: { get } } as never;
      expect((await observe(dependencies, env.contents, deleted)).view).toBeUndefined();
      expect((await observe(dependencies, env.contents, object)).view).toBeDefined();
    }
  });
});

describe("the upstream in an observation", () => {
  const upstream = { repository: "blue", package: "lib" };

  it("is a published revision, or missing with the Repository's name", async () => {
    const env = await StepEnv.open();
    const name = env.create("dns", { upstream });
    expect((await env.scope(name)).observation.upstream).toMatchObject({
      kind: "missing",
      message: expect.stringContaining("Repository blue has no published lib"),
    });
    const library = await env.published("lib", { f: "lib's" });
    const { commit } = env.revision(library).status ?? {};
    expect((await env.scope(name)).observation.upstream).toMatchObject({
      kind: "found",
      source: { revision: "v1", commit },
    });
  });

  it("tells a Repository that does not exist from one that was not read yet", async () => {
    const env = await StepEnv.open();
    const name = env.create("dns", { upstream });
    const missing = await env.scope(name, { repositories: { get: () => undefined } });
    expect(missing.observation.upstream.kind).toBe("missing");
    const unread = await env.scope(name, { registry: { get: () => undefined } });
    expect(unread.observation.upstream.kind).toBe("notReady");
    expect(unread.observation).not.toHaveProperty("view");
  });

  it("is not searched for once the draft exists", async () => {
    const env = await StepEnv.open();
    await env.published("lib", { f: "lib's" });
    const name = env.create("dns", { upstream });
    await env.settle(name);
    expect((await env.scope(name)).observation.upstream).toEqual({ kind: "none" });
  });
});
