import { describe, expect, it, vi } from "vitest";
import { InlineRuns } from "../testing/inline-runs.ts";
import { StepEnv } from "../testing/step-env.ts";

const BRANCH = "refs/heads/app/one";
const KPTFILE = `apiVersion: kpt.dev/v1
kind: Kptfile
metadata:
  name: app
pipeline:
  mutators:
  - image: gcr.io/kpt-fn/set-namespace:v0.4.1
    configMap:
      namespace: app
`;
const MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: map\n";
const RENDERED = `${MAP}  namespace: app\n`;
const OTHER = MAP.replace("map", "other");

/** A draft that waits for its render; `settle` reconciles and renders until nothing changes. */
async function draftToRender(files: Readonly<Record<string, string>> = { Kptfile: KPTFILE, "map.yaml": MAP }) {
  const inline = new InlineRuns();
  const env = await StepEnv.open({}, inline);
  const name = env.create("app");
  const settle = async () => {
    for (let before = -1; before !== inline.calls; ) {
      before = inline.calls;
      await env.settle(name);
      await inline.settled();
    }
    await env.settle(name);
  };
  await settle();
  env.edit(name, files);
  await env.settle(name);
  return { env, name, settle, inline };
}

const conditionOf = (env: StepEnv, name: string, type: string) =>
  env.revision(name).status?.conditions?.find((one) => one.type === type);

describe("the commit of a render", () => {
  it("comes after the person's own, by the operator, and is shown", async () => {
    const { env, name, settle } = await draftToRender();
    expect(env.filesAt(BRANCH)).toEqual({ "app/Kptfile": KPTFILE, "app/map.yaml": MAP });
    expect(conditionOf(env, name, "Rendered")).toMatchObject({ status: "Unknown", reason: "Rendering" });
    const source = env.commitOf(BRANCH);
    await settle();
    expect(env.filesAt(BRANCH)).toEqual({ "app/Kptfile": KPTFILE, "app/map.yaml": RENDERED });
    expect(env.messageOf(BRANCH)).toMatch(new RegExp(`^Render app \\(one\\)\n[\\s\\S]*\nRender-Source: ${source}\n`));
    expect(env.page(name).spec.resources).toEqual({ Kptfile: KPTFILE, "map.yaml": RENDERED });
    expect(env.page(name).metadata.generation).toBe(env.page(name).status?.observedGeneration);
    expect(conditionOf(env, name, "Rendered")).toMatchObject({ status: "True", reason: "Rendered" });
    expect(conditionOf(env, name, "Validated")).toMatchObject({ status: "True" });
  });

  it("is made once: no other reconcile renders again, and a new process writes nothing", async () => {
    const { env, name, settle, inline } = await draftToRender();
    await settle();
    const [writes, calls] = [env.writes(), inline.calls];
    await settle();
    expect([env.writes(), inline.calls]).toEqual([writes, calls]);
    const runs = inline.restarted();
    await env.reconcileWith(name, { runs });
    await inline.settled();
    await env.reconcileWith(name, { runs });
    expect([env.writes(), inline.calls]).toEqual([writes, calls + 1]);
  });

  it("leaves nothing of its files in memory, of which there may be 32 MiB for each draft", async () => {
    const { settle, inline } = await draftToRender();
    const adopt = vi.spyOn(inline.runs, "adopt");
    await settle();
    const adopted = adopt.mock.calls.map(([, , { render }]) => render);
    expect(adopted).toEqual([expect.objectContaining({ kind: "changed", changed: new Map(), removed: [] })]);
  });

  it("is refused with a file that could not be shown: neither a reviewer nor a later validation would see it", async () => {
    const doubled = KPTFILE.replace("set-namespace:v0.4.1", "search-replace:v0.2").replace(
      "namespace: app\n",
      `by-value-regex: "(x+)"\n      put-value: \${1}\${1}\n`,
    );
    const large = `${MAP}data:\n  a: ${"x".repeat(600 * 1024)}\n`;
    const { env, name, settle } = await draftToRender({ Kptfile: doubled, "map.yaml": large });
    await settle();
    expect(env.filesAt(BRANCH)["app/map.yaml"] === large).toBe(true);
    expect(conditionOf(env, name, "Rendered")).toMatchObject({
      status: "False",
      reason: "FileTooLarge",
      message: expect.stringMatching(/^the render makes "map.yaml" take more than 1048576 bytes of JSON/),
    });
  });

  it("is told by the conditions again after a write that was based on an older version", async () => {
    const { env, name, settle } = await draftToRender();
    await settle();
    const before = env.revision(name).status?.conditions ?? [];
    const conditions = before.map((one) => (one.type === "Rendered" ? { ...one, status: "False" } : one));
    env.api.patchStatus("packagerevisions", name, { status: { conditions } });
    await env.reconcile(name);
    expect(conditionOf(env, name, "Rendered")).toMatchObject({ status: "True", reason: "Rendered" });
  });

  it("is made again for other functions, and without a change for the same result", async () => {
    const { env, name, settle, inline } = await draftToRender();
    await settle();
    const { pushes } = env.writes();
    const functions = new Set(["set-namespace@999"]);
    await env.reconcileWith(name, { runs: inline.runs, environment: { version: "1", functions } });
    await inline.settled();
    expect(inline.calls).toBe(3);
    expect(env.writes().pushes).toBe(pushes);
  });

  it("gives way to an edit that comes before it: both are rendered together", async () => {
    const { env, name, settle, inline } = await draftToRender();
    await inline.settled();
    env.edit(name, { "map.yaml": OTHER });
    await settle();
    expect(env.filesAt(BRANCH)["app/map.yaml"]).toBe(`${OTHER}  namespace: app\n`);
    expect(conditionOf(env, name, "Rendered")?.status).toBe("True");
  });

  it.each([0, 1, 2, 3])("is completed, or made again, after an end at write %i", async (writes) => {
    const { env, name, settle, inline } = await draftToRender();
    await inline.settled();
    await env.reconcileUntilEnded(name, writes);
    await settle();
    expect(env.page(name).spec.resources).toEqual({ Kptfile: KPTFILE, "map.yaml": RENDERED });
    expect(env.filesAt(BRANCH)["app/map.yaml"]).toBe(RENDERED);
    expect(env.writes().pushes).toBe(3);
  });

  it("is no conflict for an edit of the same file that came in between", async () => {
    const { env, name, settle, inline } = await draftToRender();
    await inline.settled();
    await env.reconcileUntilEnded(name, 0);
    expect(env.filesAt(BRANCH)["app/map.yaml"]).toBe(RENDERED);
    env.edit(name, { "map.yaml": OTHER });
    await settle();
    expect(env.filesAt(BRANCH)["app/map.yaml"]).toBe(`${OTHER}  namespace: app\n`);
    expect(env.page(name).spec.resources?.["map.yaml"]).toBe(`${OTHER}  namespace: app\n`);
  });

  it("is no change by others that would take a request to propose back", async () => {
    const { env, name, settle, inline } = await draftToRender();
    await inline.settled();
    env.user.setLifecycle(name, "proposed");
    await env.reconcileUntilEnded(name, 0);
    await settle();
    expect(env.revision(name).status).toMatchObject({ lifecycle: "proposed" });
    expect(env.filesAt(BRANCH)["app/map.yaml"]).toBe(RENDERED);
    expect(env.messageOf(BRANCH)).toMatch(/\nRender-Digest: sha256:[0-9a-f]{64}\nRender-Function: set-namespace@/);
    expect(env.messageOf(BRANCH)).not.toContain("Render-Source");
  });

  it("is not made where the package cannot have its files, and says so", async () => {
    const upsert = KPTFILE.replace("set-namespace:v0.4.1", "upsert-resource:v0.2.1").replace(
      / {4}configMap[\s\S]*/,
      "    configPath: new.yaml\n",
    );
    const item = "apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: new\n    namespace: below\n";
    const added = `apiVersion: v1\nkind: List\nmetadata:\n  name: all\nitems:\n- ${item}`;
    const files = { Kptfile: upsert, "map.yaml": MAP, "new.yaml": added };
    const { env, name, settle } = await draftToRender(files);
    // Too large to be shown.
    env.push(BRANCH, { "app/below/configmap_new.yaml": "#".repeat(1_100_000) });
    await env.store.fetch();
    await settle();
    expect(conditionOf(env, name, "Rendered")).toMatchObject({ status: "Unknown", reason: "NotRendered" });
    const { pushes } = env.writes();
    env.edit(name, { note: "edited here" });
    await settle();
    const rendered = conditionOf(env, name, "Rendered");
    expect(rendered).toMatchObject({ status: "False", reason: "InvalidPath" });
    expect(rendered?.message).toContain(
      '"below/configmap_new.yaml" is in Git already as a file that is not shown here',
    );
    expect(env.page(name).status?.results).toMatchObject([{ severity: "error" }]);
    expect(env.writes().pushes).toBe(pushes + 1);
  });

  it("is not put on top of another client's commit before somebody asks for it", async () => {
    const { env, name, settle } = await draftToRender();
    await settle();
    const commit = env.push(BRANCH, { "app/map.yaml": OTHER });
    await env.store.fetch();
    await settle();
    expect(env.commitOf(BRANCH)).toBe(commit);
    expect(conditionOf(env, name, "Rendered")).toMatchObject({ status: "Unknown", reason: "NotRendered" });
    env.user.setLifecycle(name, "proposed");
    await settle();
    expect(env.filesAt(BRANCH)["app/map.yaml"]).toBe(`${OTHER}  namespace: app\n`);
    expect(env.revision(name).status).toMatchObject({ lifecycle: "proposed" });
  });

  it("is reported as failed with its place, and keeps a request to propose waiting until it succeeds", async () => {
    const { env, name, settle } = await draftToRender({
      Kptfile: KPTFILE.replace("set-namespace", "none"),
      "map.yaml": MAP,
    });
    env.user.setLifecycle(name, "proposed");
    await settle();
    expect(env.revision(name).status).toMatchObject({ lifecycle: "draft", waitingFor: ["RenderFailed"] });
    expect(conditionOf(env, name, "Rendered")).toMatchObject({ status: "False", reason: "FunctionNotAvailable" });
    env.edit(name, { Kptfile: KPTFILE });
    await settle();
    expect(env.revision(name).status).toMatchObject({ lifecycle: "proposed" });
    expect(env.page(name).status?.results).toBeUndefined();
  });
});
