import { describe, expect, it } from "vitest";
import { ENFORCED_WITHOUT_NAMES } from "../../../core/admission/policy-state.ts";
import { parseCommitMetadata } from "../../../core/revision/commit-trailers.ts";
import { ENVIRONMENT, NO_RUNS } from "../testing/no-checks.ts";
import { StepEnv } from "../testing/step-env.ts";
import { createDraft } from "./create-draft.ts";

const BRANCH = "refs/heads/dns/one";

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
