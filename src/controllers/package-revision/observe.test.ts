import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../api/meta.ts";
import { ANNOTATION_EDITED_BY } from "../../api/v1alpha1/well-known.ts";
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
