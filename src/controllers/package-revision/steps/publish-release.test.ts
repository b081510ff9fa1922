import { describe, expect, it } from "vitest";
import { digestOfMembers } from "../../../core/release/members.ts";
import { parseCommitMetadata } from "../../../core/revision/commit-trailers.ts";
import { StepEnv } from "../testing/step-env.ts";

const MAIN = "refs/heads/main";

/** Proposals `a`, `b` and `c` of release spring; returns their names. */
async function spring(repository: Parameters<typeof StepEnv.open>[0] = {}, paths = ["a", "b", "c"]) {
  const env = await StepEnv.open(repository);
  const names: string[] = [];
  for (const path of paths) names.push(await member(env, path));
  await settleAll(env, names);
  return { env, names };
}

async function member(
  env: StepEnv,
  path: string,
  { workspace = "one", release = "spring", files = {} as Readonly<Record<string, string>> } = {},
): Promise<string> {
  const name = await env.draft(path, { f: `of ${path}`, ...files }, workspace);
  env.user.setRelease(name, release);
  await env.settle(name);
  env.user.setLifecycle(name, "proposed");
  await env.settle(name);
  return name;
}

/** Reconciles all until none writes any more. */
async function settleAll(env: StepEnv, names: readonly string[]): Promise<void> {
  for (let round = 0; round < 10; round++) {
    const before = env.writes();
    for (const name of names) await env.reconcile(name);
    if (env.writes().api === before.api && env.writes().pushes === before.pushes) return;
  }
  throw new Error("the release does not converge");
}

const readyOf = (env: StepEnv, name: string) =>
  env.revision(name).status?.conditions?.find(({ type }) => type === "Ready");
const stateOf = (env: StepEnv, name: string) => {
  const { spec, status } = env.revision(name);
  return [spec.lifecycle, status?.lifecycle, ...(status?.waitingFor ?? [])];
};

describe("publishRelease", () => {
  it("publishes all members in one push once the last one is approved", async () => {
    const { env, names } = await spring();
    const [a = "", b = "", c = ""] = names;
    const digest = digestOfMembers(names.map((name) => env.revision(name)));
    expect(names.map((name) => env.revision(name).status?.release)).toEqual(names.map(() => ({ digest, members: 3 })));
    env.user.approve(a);
    env.user.approve(c);
    await settleAll(env, names);
    expect(stateOf(env, a)).toEqual(["published", "proposed", "WaitingForRelease"]);
    expect(readyOf(env, a)?.message).toBe(`waits for 1 of 3 members of release spring: ${b} is not approved`);
    expect(env.filesAt(MAIN)).toEqual({});
    env.user.approve(b);
    const before = env.writes().pushes;
    await settleAll(env, names);
    expect(env.writes().pushes).toBe(before + 1);
    expect(env.filesAt(MAIN)).toEqual({ "a/f": "of a", "b/f": "of b", "c/f": "of c" });
    for (const [index, path] of ["a", "b", "c"].entries()) {
      const recorded = parseCommitMetadata(env.messageOf(`refs/tags/${path}/v1`));
      expect(recorded).toMatchObject({ release: "spring", releaseDigest: digest, approvedBy: "bob" });
      expect(env.revision(names[index] ?? "").status).toMatchObject({ lifecycle: "published", revision: "v1" });
      expect(env.revision(names[index] ?? "").status?.release).toBeUndefined();
    }
  });

  it("publishes none while one is held back, and says which", async () => {
    const { env, names } = await spring();
    const [a = "", b = ""] = names;
    // Another draft of package b comes first.
    const other = await env.published("b", { f: "first" }, "two");
    for (const name of names) env.user.approve(name);
    await settleAll(env, names);
    expect(stateOf(env, b)).toEqual(["published", "proposed", "OutdatedBase"]);
    expect(readyOf(env, a)?.message).toBe(
      `waits for 1 of 3 members of release spring: ${b} is held back (OutdatedBase)`,
    );
    expect(Object.keys(env.filesAt(MAIN))).toEqual(["b/f"]);
    expect(env.revision(other).status?.revision).toBe("v1");
    env.user.confirmBase(b, ["v1"]);
    await settleAll(env, names);
    expect(env.filesAt(MAIN)).toEqual({ "a/f": "of a", "b/f": "of b", "c/f": "of c" });
  });

  it("removes approvals of a release that another proposal has joined", async () => {
    const { env, names } = await spring();
    const [a = "", b = "", c = ""] = names;
    env.user.approve(a);
    env.user.approve(b);
    await settleAll(env, names);
    const d = await member(env, "d");
    env.user.approve(c);
    await settleAll(env, [...names, d]);
    for (const name of [a, b]) {
      expect(stateOf(env, name)).toEqual(["proposed", "proposed"]);
      expect(env.revision(name).spec.approval).toBeUndefined();
    }
    expect(env.events.filter((one) => one === "ApprovalRevoked")).toHaveLength(2);
    expect(readyOf(env, c)?.message).toContain("waits for 3 of 4 members of release spring");
    for (const name of [a, b, d]) env.user.approve(name);
    await settleAll(env, [...names, d]);
    expect(Object.keys(env.filesAt(MAIN))).toEqual(["a/f", "b/f", "c/f", "d/f"]);
  });

  it("removes approvals of a release of which a member was rejected, and waits for that draft", async () => {
    const { env, names } = await spring();
    const [a = "", b = "", c = ""] = names;
    env.user.approve(a);
    env.user.approve(b);
    await settleAll(env, names);
    env.user.reject(c, "the limits are missing");
    await settleAll(env, names);
    expect(names.map((name) => env.revision(name).spec.lifecycle)).toEqual(["proposed", "proposed", "draft"]);
    env.user.approve(a);
    env.user.approve(b);
    await settleAll(env, names);
    expect(readyOf(env, a)?.message).toBe(`waits for 1 of 3 members of release spring: ${c} is a draft`);
    env.user.setRelease(c, null);
    await settleAll(env, names);
    expect(env.filesAt(MAIN)).toEqual({ "a/f": "of a", "b/f": "of b" });
    expect(env.revision(c).status?.lifecycle).toBe("draft");
  });

  it("publishes none if an approval is withdrawn at the last moment", async () => {
    const { env, names } = await spring();
    const [, b = ""] = names;
    for (const name of names) env.user.approve(name);
    const [first = ""] = names;
    await env.reconcile(b);
    // The informer has not seen it yet.
    const outdated = env.revision(b);
    expect(env.user.setLifecycle(b, "proposed")).toBe(true);
    const { revisions } = env.dependencies;
    const byIndex: typeof revisions.byIndex = (index, value) =>
      revisions.byIndex(index, value).map((one) => (one.metadata.name === b ? outdated : one));
    await expect(env.reconcileWith(first, { revisions: { ...revisions, byIndex } })).rejects.toThrow();
    expect(env.filesAt(MAIN)).toEqual({});
    await settleAll(env, names);
    expect(names.map((name) => env.revision(name).status?.lifecycle)).toEqual(["proposed", "proposed", "proposed"]);
    expect(stateOf(env, first)).toEqual(["published", "proposed", "WaitingForRelease"]);
  });

  it("publishes none if a member is void on the state that the push would apply to", async () => {
    const { env, names } = await spring({}, ["a", "b"]);
    const last = await member(env, "c", { files: { "sub/f": "below" } });
    for (const name of [...names, last]) env.user.approve(name);
    env.remote.beforePush = () => {
      // The lease of main is lost, so that the push is prepared again: a part of c is a package of its own by now.
      env.push(MAIN, { other: "commit" });
      const commit = env.push("refs/heads/elsewhere", { "c/sub/f": "below" });
      env.remote.setRef("refs/tags/c/sub/v1", { oid: commit, commit });
    };
    await settleAll(env, [...names, last]);
    expect(env.filesAt(MAIN)).toEqual({ other: "commit" });
    expect(env.commitOf("refs/tags/a/v1")).toBeUndefined();
    expect(stateOf(env, last)).toEqual(["draft", "draft"]);
    expect(env.events).toContain("ProposalVoided");
    expect(names.map((name) => stateOf(env, name))).toEqual(names.map(() => ["proposed", "proposed"]));
  });

  it("counts an approval beside others only if it is of the release as it is", async () => {
    const { env, names } = await spring({ approval: { required: 2 } }, ["a", "b"]);
    const [first = ""] = names;
    const release = digestOfMembers(names.map((name) => env.revision(name)));
    const beside = (name: string, of: string) => {
      const { digest = "" } = env.revision(name).status?.proposal ?? {};
      env.api.patch("packagerevisions", name, { spec: { approvals: { carol: { digest, release: of } } } });
      env.api.approvals.push({ name, digest });
    };
    for (const name of names) beside(name, name === first ? "sha256:former" : release);
    await settleAll(env, names);
    for (const name of names) env.user.approve(name);
    await settleAll(env, names);
    expect(stateOf(env, first)).toEqual(["published", "proposed", "WaitingForApproval"]);
    expect(env.filesAt(MAIN)).toEqual({});
    beside(first, release);
    await settleAll(env, names);
    expect(env.filesAt(MAIN)).toEqual({ "a/f": "of a", "b/f": "of b" });
  });

  it("finds the tags of members whose objects do not say so yet, after the operator was killed", async () => {
    const { env, names } = await spring();
    for (const name of names) env.user.approve(name);
    const [first = "", ...others] = names;
    for (const name of others) await env.settle(name);
    // Ends behind the push, before any object says that it is published.
    await env.reconcileUntilEnded(first, 3);
    expect(env.filesAt(MAIN)).toEqual({ "a/f": "of a", "b/f": "of b", "c/f": "of c" });
    const { pushes } = env.writes();
    await settleAll(env, names);
    expect(env.writes().pushes).toBe(pushes);
    expect(names.map((name) => env.revision(name).status?.revision)).toEqual(["v1", "v1", "v1"]);
  });

  it("refuses two proposals of one package, and one below another", async () => {
    const { env, names } = await spring({}, ["a", "b"]);
    const twin = await member(env, "b", { workspace: "two" });
    for (const name of [...names, twin]) env.user.approve(name);
    await settleAll(env, [...names, twin]);
    expect(readyOf(env, twin)).toMatchObject({ reason: "ReleaseConflict" });
    expect(env.filesAt(MAIN)).toEqual({});
  });

  it("refuses more members than one push may have tags", async () => {
    const { env, names } = await spring({ git: { url: "https://git.example.com/blue", push: { maxTags: 2 } } });
    for (const name of names) env.user.approve(name);
    await settleAll(env, names);
    expect(readyOf(env, names[0] ?? "")).toMatchObject({
      reason: "ReleaseTooLarge",
      message: expect.stringContaining("spec.git.push.maxTags"),
    });
    expect(env.filesAt(MAIN)).toEqual({});
  });

  it("publishes two releases of one Repository apart", async () => {
    const { env, names } = await spring({}, ["a", "b"]);
    const autumn = [await member(env, "c", { release: "autumn" }), await member(env, "d", { release: "autumn" })];
    const all = [...names, ...autumn];
    for (const name of [...names, autumn[0] ?? ""]) env.user.approve(name);
    await settleAll(env, all);
    expect(Object.keys(env.filesAt(MAIN))).toEqual(["a/f", "b/f"]);
    env.user.approve(autumn[1] ?? "");
    await settleAll(env, all);
    expect(Object.keys(env.filesAt(MAIN))).toEqual(["a/f", "b/f", "c/f", "d/f"]);
  });
});
