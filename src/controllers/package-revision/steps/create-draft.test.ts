import { describe, expect, it } from "vitest";
import { ENFORCED_WITHOUT_NAMES } from "../../../core/admission/policy-state.ts";
import { blobOid } from "../../../core/identity/hash.ts";
import { type ProcessCall, processPackage } from "../../../core/processing/process-package.ts";
import { FUNCTION_VERSIONS } from "../../../core/render/functions/registry.ts";
import { parseCommitMetadata } from "../../../core/revision/commit-trailers.ts";
import { createLog } from "../../../runtime/log.ts";
import { PackageRuns } from "../processing/package-runs.ts";
import { ENVIRONMENT, NO_RUNS } from "../testing/no-checks.ts";
import { StepEnv } from "../testing/step-env.ts";
import { createDraft } from "./create-draft.ts";

const BRANCH = "refs/heads/dns/one";
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

describe("createDraft", () => {
  it("begins the branch on main, then creates the contents object, and reports both in status", async () => {
    const env = await StepEnv.open();
    const name = env.create("dns", { tasks: [{ type: "init" }] });
    const { scope, plan } = await env.plan(name, "createDraft");
    const result = await createDraft(scope, plan.view, plan.origin);
    const commit = env.commitOf(BRANCH);
    const main = env.commitOf("refs/heads/main");
    expect(env.remote.commits.get(commit ?? "")?.parents).toEqual([main]);
    const inGit = Object.entries(env.filesAt(BRANCH)).map(([path, text]) => [path.slice("dns/".length), text]);
    expect(inGit).not.toEqual([]);
    expect(env.page(name)).toMatchObject({
      spec: { resources: Object.fromEntries(inGit) },
      status: { frozen: false, commit, observedGeneration: 1 },
    });
    expect(result).toMatchObject({
      status: { lifecycle: "draft", commit, base: { commit: main }, files: inGit.length },
      readiness: { state: "ready", reason: "Draft" },
      again: false,
    });
  });

  it("renders, validates and compares while the branch is pushed, so that its first status says so", async () => {
    const begun: string[] = [];
    const runs = {
      ...NO_RUNS,
      result: (key: string, id: string) => (begun.includes(id) ? NO_RUNS.result(key, id) : undefined),
      start: (_: string, id: string) => void begun.push(id),
    };
    const env = await StepEnv.open({}, { runs, environment: ENVIRONMENT });
    const name = env.create("dns", { tasks: [{ type: "init" }] });
    const { scope, plan } = await env.plan(name, "createDraft");
    let before = -1;
    env.remote.beforePush = () => {
      before = begun.length;
    };
    const { processed } = await createDraft(scope, plan.view, plan.origin);
    expect([before, begun.length, processed?.validated?.status]).toEqual([1, 1, "True"]);
  });

  describe("of files that a pipeline changes", () => {
    const files = new Map([
      ["Kptfile", KPTFILE],
      ["map.yaml", MAP],
    ]);
    const bytesOf = (text: string) => new TextEncoder().encode(text);
    const cloned = [...files].map(([path, text]) => {
      return { path, mode: "100644" as const, oid: blobOid(bytesOf(text), "sha1"), bytes: bytesOf(text) };
    });

    /** The draft's scope; `maxWaitMs` of runs whose worker answers at once. */
    async function scopeWith(maxWaitMs: number) {
      const call = async (input: ProcessCall) => await processPackage(input);
      const events: string[] = [];
      const runs = new PackageRuns({
        worker: { call },
        log: createLog({ level: "error" }),
        channel: { emit: ({ revision }) => void events.push(revision) },
        maxWaitMs,
      });
      const env = await StepEnv.open({}, { runs, environment: { version: "1", functions: FUNCTION_VERSIONS } });
      const name = env.create("app", { tasks: [{ type: "init" }] });
      const { scope, plan } = await env.plan(name, "createDraft");
      const source = { revision: "v1", commit: env.commitOf("refs/heads/main") ?? "", tree: "" };
      const upstream = { repository: "default", package: "lib", revision: "v1" };
      const object = { ...scope.object, spec: { ...scope.object.spec, upstream, tasks: [{ type: "clone" as const }] } };
      const store = env.storeWith({ readForClone: async () => cloned });
      const registry = { get: () => ({ store, retention: env.retention }) };
      const cloning = { ...scope, object, store, dependencies: { ...scope.dependencies, registry } };
      const origin = { kind: "upstream", source } as const;
      return { env, name, scope: cloning, plan: { ...plan, origin }, events };
    }

    it("pushes the render with them, as a commit of its own, and shows only its result", async () => {
      const { env, name, scope, plan, events } = await scopeWith(60_000);
      const before = env.writes();
      const { status, processed, again } = await createDraft(scope, plan.view, plan.origin);
      const head = env.remote.commits.get(env.commitOf("refs/heads/app/one") ?? "");
      const first = env.remote.commits.get(head?.parents[0] ?? "");
      expect(first?.message).toMatch(/^Start app \(one\): a clone of /);
      expect(head?.message).toMatch(new RegExp(`^Render app \\(one\\)\n[\\s\\S]*\nRender-Source: ${first?.id}\n`));
      // A push that arrives late is recognized by what it ends with.
      for (const one of [first, head]) expect(one?.message).toContain(`\nPackage-UID: ${scope.object.metadata.uid}\n`);
      expect(env.remote.filesAt(first?.id).get("app/map.yaml")).toBe(MAP);
      expect(env.filesAt("refs/heads/app/one")["app/map.yaml"]).toBe(RENDERED);
      expect(env.page(name).spec.resources).toEqual({ Kptfile: KPTFILE, "map.yaml": RENDERED });
      expect(env.page(name).metadata.generation).toBe(1);
      expect(status).toMatchObject({ lifecycle: "draft", commit: head?.id, upstreamLock: { revision: "v1" } });
      expect([processed?.rendered?.reason, processed?.validated?.status, again]).toEqual(["Rendered", "True", false]);
      expect(env.writes()).toEqual({ api: before.api + 2, pushes: before.pushes + 1 });
      expect(events).toEqual([]);
    });

    it("pushes the render afterwards if it takes longer than a draft waits", async () => {
      const { env, name, scope, plan } = await scopeWith(0);
      await createDraft(scope, plan.view, plan.origin);
      expect(env.messageOf("refs/heads/app/one")).toMatch(/^Start /);
      expect(env.page(name).spec.resources).toEqual({ Kptfile: KPTFILE, "map.yaml": MAP });
    });
  });

  it("records that nobody knows who created it, where names are not recorded", async () => {
    const env = await StepEnv.open();
    env.policies = ENFORCED_WITHOUT_NAMES;
    const name = env.create("dns");
    const { scope, plan } = await env.plan(name, "createDraft");
    const { "pkg.pkgserver.dev/changed-by": _, ...annotations } = scope.object.metadata.annotations ?? {};
    const object = { ...scope.object, metadata: { ...scope.object.metadata, annotations } };
    await createDraft({ ...scope, object }, plan.view, plan.origin);
    expect(parseCommitMetadata(env.messageOf(BRANCH))?.editorsUnknown).toBe(true);
  });

  it("writes nothing and reconciles again with reason Starting when another package came first", async () => {
    const env = await StepEnv.open();
    const name = env.create("dns");
    const { scope, plan } = await env.plan(name, "createDraft");
    env.push("refs/heads/dns/one/below", { "dns/one/f": "theirs" });
    await env.store.fetch();
    const before = env.writes();
    const result = await createDraft(scope, plan.view, plan.origin);
    expect(result).toMatchObject({ status: {}, readiness: { state: "reconciling", reason: "Starting" }, again: true });
    expect(env.writes()).toEqual(before);
  });

  it("does not overwrite a branch of the same name that is pushed between preparation and push", async () => {
    const env = await StepEnv.open();
    const name = env.create("dns");
    const { scope, plan } = await env.plan(name, "createDraft");
    env.remote.beforePush = () => env.push(BRANCH, { "dns/f": "theirs" });
    const result = await createDraft(scope, plan.view, plan.origin);
    expect(result.readiness.reason).toBe("Starting");
    expect(env.filesAt(BRANCH)).toEqual({ "dns/f": "theirs" });
    expect(env.api.contents(name)).toBeUndefined();
  });

  it("does not begin from a revision that is not the latest any more at the push", async () => {
    const env = await StepEnv.open();
    await env.published("dns", { f: "first" });
    const name = env.create("dns", {}, "two");
    const { scope, plan } = await env.plan(name, "createDraft");
    const commit = env.push("refs/heads/main", { "dns/f": "second" });
    env.remote.setRef("refs/tags/dns/v2", { oid: commit, commit });
    await env.store.fetch();
    expect((await createDraft(scope, plan.view, plan.origin)).readiness.reason).toBe("Starting");
    expect(env.commitOf("refs/heads/dns/two")).toBeUndefined();
  });

  it("reconciles again at once if the object is to be proposed", async () => {
    const env = await StepEnv.open();
    const name = env.create("dns", { lifecycle: "proposed" });
    const { scope, plan } = await env.plan(name, "createDraft");
    expect((await createDraft(scope, plan.view, plan.origin)).again).toBe(true);
  });
});
