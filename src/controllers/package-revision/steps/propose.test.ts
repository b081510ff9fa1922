import { describe, expect, it } from "vitest";
import { ANNOTATION_PROPOSED_BY } from "../../../api/v1alpha1/well-known.ts";
import { parseCommitMetadata, renderCommitMessage } from "../../../core/revision/commit-trailers.ts";
import { BY_US } from "../testing/model/remote.ts";
import { NOW, StepEnv } from "../testing/step-env.ts";
import { proposeDraft } from "./propose.ts";

const BRANCH = "refs/heads/dns/one";

/** A draft that its user has just proposed; `before`: what happened to it earlier. */
async function proposedBy(
  user: string,
  files: Readonly<Record<string, string>>,
  before: (env: StepEnv, name: string) => void = () => {},
) {
  const env = await StepEnv.open();
  const name = await env.draft("dns", files);
  before(env, name);
  await env.store.fetch();
  await env.settle(name);
  env.api.patch("packagerevisions", name, {
    metadata: { annotations: { [ANNOTATION_PROPOSED_BY]: user } },
    spec: { lifecycle: "proposed" },
  });
  const propose = async () => {
    const { scope, plan } = await env.plan(name, "propose");
    return await proposeDraft(scope, plan.view, plan.draft);
  };
  return { env, name, propose };
}

describe("proposeDraft", () => {
  it("commits the edits as a proposal, and reports its digest, commit and proposer", async () => {
    const { env, name, propose } = await proposedBy("ann", { f: "old" });
    env.edit(name, { f: "new" });
    const result = await propose();
    const commit = env.commitOf(BRANCH);
    const { proposalDigest: digest, ...trailers } = parseCommitMetadata(env.messageOf(BRANCH)) ?? {};
    expect(trailers).toMatchObject({ lifecycle: "proposed", proposedBy: "ann", proposedAt: NOW });
    expect(env.filesAt(BRANCH)).toEqual({ "dns/f": "new" });
    expect(result).toMatchObject({
      status: { lifecycle: "proposed", commit, proposal: { digest, commit, by: "ann", at: NOW } },
      readiness: { state: "ready", reason: "Proposed" },
    });
    expect(env.page(name).status).toMatchObject({ frozen: true, commit });
  });

  it("gives equal files and metadata an equal digest, and every other metadata another one", async () => {
    const { env, name } = await proposedBy("ann", { f: "mine" });
    const proposeAnew = async (change: object) => {
      env.user.setLifecycle(name, "draft");
      await env.settle(name);
      env.api.patch("packagerevisions", name, change);
      await env.settle(name);
      env.user.setLifecycle(name, "proposed");
      await env.settle(name);
      const { proposal, contentDigest } = env.revision(name).status ?? {};
      return { digest: proposal?.digest, contentDigest };
    };
    const first = await proposeAnew({});
    expect(await proposeAnew({})).toEqual(first);
    const others = [
      await proposeAnew({ spec: { inputs: [{ apiVersion: "v1", kind: "ConfigMap", data: { replicas: "100" } }] } }),
      await proposeAnew({ spec: { updatePolicy: "strict" } }),
      await proposeAnew({ spec: { readinessGates: [{ conditionType: "Ready" }] } }),
      await proposeAnew({ metadata: { labels: { team: "net" } } }),
      await proposeAnew({ metadata: { annotations: { owner: "eve" } } }),
    ];
    expect(new Set([first, ...others].map(({ digest }) => digest)).size).toBe(1 + others.length);
    expect(others.map(({ contentDigest }) => contentDigest)).toEqual(others.map(() => first.contentDigest));
  });

  it("leaves nothing of the branch but the package's own files", async () => {
    let pushed = "";
    const { env, propose } = await proposedBy("ann", { f: "mine" }, (early) => {
      pushed = early.push(BRANCH, { "README.md": "evil", "ci/run": "evil", "dnsx/f": "evil", "dns/g": "theirs" });
    });
    await propose();
    const commit = env.commitOf(BRANCH) ?? "";
    expect(env.filesAt(BRANCH)).toEqual({ "dns/f": "mine", "dns/g": "theirs" });
    expect(env.remote.filesAt(commit).get("README.md")).toBe("all");
    expect(env.remote.contains(commit, pushed)).toBe(true);
  });

  it("does not take a proposal for complete whose commit has other files, too", async () => {
    const { env, name, propose } = await proposedBy("ann", { f: "mine" });
    const digest = env.revision(name).status?.contentDigest ?? "";
    const metadata = parseCommitMetadata(env.messageOf(BRANCH));
    if (metadata === undefined) throw new Error("the branch has no metadata");
    const claim = { ...metadata, lifecycle: "proposed", digest, proposedBy: "ann" } as const;
    const pushed = env.push(BRANCH, { "ci/run": "evil" }, renderCommitMessage("Propose", claim), BY_US);
    await env.store.fetch();
    expect(await propose()).toMatchObject({ status: { lifecycle: "proposed" } });
    expect(env.commitOf(BRANCH)).not.toBe(pushed);
    expect(env.filesAt(BRANCH)).toEqual({ "dns/f": "mine" });
    const pushes = env.writes().pushes;
    await propose();
    expect(env.writes().pushes).toBe(pushes);
  });

  it("proposes no edit that the gates have not judged, and lets the user correct it", async () => {
    const { env, name, propose } = await proposedBy("ann", { f: "judged" }, (early, draft) => {
      const readinessGates = [{ conditionType: "example.com/scanned" }];
      early.api.patch("packagerevisions", draft, { spec: { readinessGates } });
    });
    const { contentDigest: digest } = env.revision(name).status ?? {};
    const gates = [{ conditionType: "example.com/scanned", digest, status: "True" }];
    env.api.patchStatus("packagerevisions", name, { status: { gates } });
    env.edit(name, { f: "evil" });
    expect(await propose()).toMatchObject({ status: { lifecycle: "draft" }, again: true });
    expect(parseCommitMetadata(env.messageOf(BRANCH))).toMatchObject({ lifecycle: "draft" });
    expect(env.page(name).status?.frozen).toBe(false);
    await env.settle(name);
    expect(env.revision(name).status).toMatchObject({ lifecycle: "draft", waitingFor: ["WaitingForGate"] });
    env.edit(name, { f: "judged" });
    await env.settle(name);
    expect(env.revision(name).status).toMatchObject({ lifecycle: "proposed", contentDigest: digest });
  });

  it("freezes the contents before the commit is planned: exactly the frozen files are proposed", async () => {
    const { env, name } = await proposedBy("ann", { f: "old" });
    const { scope, plan } = await env.plan(name, "propose");
    const store = env.storeWith({
      readTree: async (...parameters) => {
        expect(() => env.edit(name, { f: "too late" })).toThrow("frozen");
        return await env.store.readTree(...parameters);
      },
    });
    // After the pages were read, and before they are frozen.
    const read = env.contents.read.bind(env.contents);
    const contents = new Proxy(env.contents, {
      get: (target, key) => {
        if (key === "read") {
          return async (...parameters: Parameters<typeof read>) => {
            const pages = await read(...parameters);
            env.edit(name, { f: "just in time" });
            return pages;
          };
        }
        const value: unknown = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    await proposeDraft({ ...scope, store, contents }, plan.view, plan.draft);
    expect(env.filesAt(BRANCH)).toEqual({ "dns/f": "just in time" });
    expect(env.page(name).spec.resources).toEqual({ f: "just in time" });
    expect(env.page(name).status?.observedGeneration).toBe(env.page(name).metadata.generation);
  });

  it("refuses a package with a link out of the repository, and proposes it once the link is gone", async () => {
    const { env, name } = await proposedBy("ann", { f: "old" });
    const { scope, plan } = await env.plan(name, "propose");
    const hidden = [
      { path: "out", reason: "Symlink", object: "0".repeat(40), target: "/etc/passwd", leaves: "Repository" },
    ];
    const store = env.storeWith({
      readTree: async (...parameters) => ({ ...(await env.store.readTree(...parameters)), hidden }),
    });
    const before = env.writes().pushes;
    const result = await proposeDraft({ ...scope, store }, plan.view, plan.draft);
    expect(result).toMatchObject({
      status: { lifecycle: "draft", waitingFor: ["LinkLeavesRepository"] },
      readiness: {
        state: "stalled",
        reason: "LinkLeavesRepository",
        message: expect.stringContaining("out → /etc/passwd;"),
      },
    });
    expect(env.writes().pushes).toBe(before);
    expect(env.page(name).status?.frozen).toBe(false);
    expect(await proposeDraft(scope, plan.view, plan.draft)).toMatchObject({ readiness: { reason: "Proposed" } });
  });

  it("refuses a package without files with EmptyPackage, and keeps it editable", async () => {
    const { env, name, propose } = await proposedBy("ann", {});
    const before = env.writes().pushes;
    const result = await propose();
    expect(result).toMatchObject({
      status: { lifecycle: "draft", waitingFor: ["EmptyPackage"] },
      readiness: { state: "stalled", reason: "EmptyPackage" },
    });
    expect(env.writes().pushes).toBe(before);
    expect(env.page(name).status?.frozen).toBe(false);
  });

  it("does not freeze contents again that were refused before, so that the user can correct them", async () => {
    const { env, name, propose } = await proposedBy("ann", {});
    await env.settle(name);
    expect(env.revision(name).status?.waitingFor).toEqual(["EmptyPackage"]);
    const frozen: (boolean | undefined)[] = [];
    const patchStatus = env.api.patchStatus.bind(env.api);
    env.api.patchStatus = (plural, object, body) => {
      const result = patchStatus(plural, object, body);
      if (plural === "packagerevisionresourceses") frozen.push(env.page(name).status?.frozen);
      return result;
    };
    expect((await propose()).readiness.reason).toBe("EmptyPackage");
    expect(frozen).not.toContain(true);
  });

  it("proposes no external commit that came after the request: it is shown, and the request taken back", async () => {
    const { env, name, propose } = await proposedBy("ann", { f: "mine" });
    env.push(BRANCH, { "dns/g": "theirs" });
    await env.store.fetch();
    expect((await propose()).readiness.reason).toBe("ProposalTakenBack");
    await env.settle(name);
    expect(env.page(name)).toMatchObject({
      spec: { resources: { f: "mine", g: "theirs" } },
      status: { frozen: false, commit: env.commitOf(BRANCH) },
    });
  });

  it("reconciles again, without a proposal, if the branch moves before the push", async () => {
    const { env, propose } = await proposedBy("ann", { f: "mine" });
    env.remote.beforePush = () => env.push(BRANCH, { "dns/g": "theirs" });
    const result = await propose();
    expect(result).toMatchObject({ status: {}, readiness: { reason: "BranchMoved" }, again: true });
    expect(env.messageOf(BRANCH)).toBe("external");
  });
});
