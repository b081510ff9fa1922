import { describe, expect, it } from "vitest";
import type { PackageRevisionSpec } from "../../../api/v1alpha1/package-revision.ts";
import { StepEnv } from "../testing/step-env.ts";
import { readFirstFiles } from "./draft-origin.ts";

const upstream = { repository: "blue", package: "lib" };

function deployment(image: string, replicas: number): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: ${replicas} # of the team
  template:
    spec:
      containers:
        - name: web
          image: ${image}
`;
}

/** A package that was cloned from `lib` v1, of which there is v2, with these files on each side. */
async function cloned(
  base: Readonly<Record<string, string>>,
  next: Readonly<Record<string, string | null>>,
  local: Readonly<Record<string, string | null>>,
) {
  const env = await StepEnv.open();
  await env.published("lib", base);
  const name = env.create("dns", { tasks: [{ type: "clone" }], upstream });
  await env.settle(name);
  env.edit(name, local);
  await env.publish(name);
  const second = env.create("lib", {}, "two");
  await env.settle(second);
  env.edit(second, next);
  await env.publish(second);
  return { env, name };
}

async function upgraded(env: StepEnv, spec: Partial<PackageRevisionSpec> = {}) {
  const draft = env.create("dns", { tasks: [{ type: "upgrade" }], upstream, ...spec }, "two");
  const { scope, plan } = await env.plan(draft, "createDraft");
  const first = await readFirstFiles(scope, plan.view, plan.origin);
  const entries = "tree" in first.files ? [] : first.files;
  const files = Object.fromEntries(entries.map(({ path, bytes }) => [path, new TextDecoder().decode(bytes)]));
  return { draft, first, files };
}

describe("upgradePackage", () => {
  it("merges what upstream has changed since the clone with what was changed here", async () => {
    const { env } = await cloned(
      { "d.yaml": deployment("web:1", 1), "old.yaml": "a: 1\n" },
      { "d.yaml": deployment("web:2", 1), "old.yaml": null, "new.yaml": "b: 1\n" },
      { "d.yaml": deployment("web:1", 3), "own.yaml": "c: 1\n" },
    );
    const { first, files } = await upgraded(env);
    expect(files).toEqual({ "d.yaml": deployment("web:2", 3), "new.yaml": "b: 1\n", "own.yaml": "c: 1\n" });
    expect(first.subject).toBe("v1 with blue/lib v1 → v2");
    expect(first.lock).toMatchObject({ ...upstream, revision: "v2" });
  });

  it("lists conflicts in a file, which later upgrades do not merge", async () => {
    const { env } = await cloned(
      { "d.yaml": deployment("web:1", 1) },
      { "d.yaml": deployment("web:2", 2) },
      { "d.yaml": deployment("web:1", 3) },
    );
    const { first, files } = await upgraded(env);
    expect(files["d.yaml"]).toBe(deployment("web:2", 3));
    expect(files["merge-conflicts.yaml"]).toContain("field: spec.replicas");
    expect(files["merge-conflicts.yaml"]).toContain('base: "1"\n    upstream: "2"\n    local: "3"\n');
    expect(first.subject).toBe("v1 with blue/lib v1 → v2, 1 conflict");
  });

  it("begins a draft that records the new upstream, and later drafts with it", async () => {
    const { env } = await cloned({ f: "1\n" }, { f: "2\n" }, { g: "mine\n" });
    const { draft } = await upgraded(env);
    await env.settle(draft);
    expect(env.revision(draft).status).toMatchObject({
      lifecycle: "draft",
      upstreamLock: { ...upstream, revision: "v2" },
    });
    await env.publish(draft);
    const third = env.create("dns", {}, "three");
    await env.settle(third);
    expect(env.revision(third).status?.upstreamLock).toEqual(env.revision(draft).status?.upstreamLock);
    expect(env.revision(third).status?.upstreamLock).toMatchObject({ ...upstream, revision: "v2" });
  });

  it("keeps the upstream of a package that is rolled back to an earlier revision", async () => {
    const { env, name } = await cloned({ f: "1\n" }, { f: "2\n" }, { g: "mine\n" });
    const { draft } = await upgraded(env);
    await env.publish(draft);
    const own = { repository: "blue", package: "dns", revision: "v1" };
    const back = env.create("dns", { tasks: [{ type: "clone" }], upstream: own }, "back");
    await env.settle(back);
    expect(env.revision(back).status?.upstreamLock).toEqual(env.revision(name).status?.upstreamLock);
    expect(env.page(back).spec.resources).toEqual({ f: "1\n", g: "mine\n" });
  });

  it.each([
    ["fast-forward", { g: "mine\n" }, "LocalChanges"],
    ["fast-forward", {}, { f: "2\n" }],
    ["replace", { f: "mine\n", g: "mine\n" }, { f: "2\n" }],
    ["copy", { f: "mine\n", g: "mine\n" }, { f: "2\n", g: "mine\n" }],
  ] as const)("with the strategy %s, after the local changes %j: %j", async (upgradeStrategy, local, expected) => {
    const { env } = await cloned({ f: "1\n" }, { f: "2\n" }, local);
    const result = upgraded(env, { upgradeStrategy });
    if (typeof expected === "string") await expect(result).rejects.toMatchObject({ reason: expected });
    else expect((await result).files).toEqual(expected);
  });

  it("says what is missing where nothing can be merged", async () => {
    const env = await StepEnv.open();
    await env.published("lib", { f: "1\n" });
    const reasonOf = async (path: string, spec: Partial<PackageRevisionSpec>, workspace: string) => {
      const name = env.create(path, { tasks: [{ type: "upgrade" }], ...spec }, workspace);
      await env.settle(name);
      return env.revision(name).status?.conditions?.find(({ type }) => type === "Ready")?.reason;
    };
    expect(await reasonOf("dns", { upstream }, "one")).toBe("RevisionNotFound");
    await env.published("own", { f: "1\n" });
    expect(await reasonOf("own", { upstream }, "two")).toBe("UpstreamUnknown");
    const { env: other } = await cloned({ f: "1\n" }, { f: "2\n" }, {});
    const name = other.create("dns", { tasks: [{ type: "upgrade" }] }, "two");
    await other.settle(name);
    expect(other.revision(name).status?.conditions?.[0]?.reason).toBe("UpstreamRequired");
  });
});
