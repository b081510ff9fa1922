import { describe, expect } from "vitest";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { RepositorySpec } from "../../src/api/v1alpha1/repository-spec.ts";
import { type Fixtures, testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { holdNextPush } from "../testenv/held-pushes.ts";
import type { Packages } from "../testenv/packages.ts";

const it = testWithEnv("gates");

const FILES = { "a.yaml": "a: 1\n" };
const GATE = "example.com/scanned";
const GATES = [{ conditionType: GATE }, { conditionType: "pkg.pkgserver.dev/install" }];

/** A draft in a repository of its own, with the same name. */
async function createDraft(
  { env, packages }: Fixtures,
  name: string,
  { spec = {}, repository = {} }: { spec?: object; repository?: Partial<RepositorySpec> } = {},
): Promise<string> {
  await env.git.createRepository(name);
  await env.register(name, repository);
  return await packages.createDraft({ repository: name, package: name, workspace: "one" }, FILES, {
    spec: { ...spec },
  });
}

/** As a gate program does, which owns only its entry. Returns the digest that it judged. */
async function judge(packages: Packages, name: string, status: "True" | "False", digest?: string): Promise<string> {
  const judged = digest ?? (await shownDigest(packages, name));
  const verdict = { conditionType: GATE, digest: judged, status, reason: "Scanned", message: `found ${status}` };
  const body = {
    apiVersion: "pkg.pkgserver.dev/v1alpha1",
    kind: "PackageRevision",
    metadata: { name },
    status: { gates: [verdict] },
  };
  await packages.request("admin", "apply", `packagerevisions/${name}/status?fieldManager=scanner`, body);
  return judged;
}

/** The digest of what the contents objects show: the package revision has it a moment after them. */
async function shownDigest(packages: Packages, name: string): Promise<string> {
  const { commit } = (await packages.contents(name)).status ?? {};
  const shows = ({ status }: PackageRevision) => status?.commit === commit;
  return (await packages.waitFor(name, `is at ${commit}, as its contents are`, shows)).status?.contentDigest ?? "";
}

const readyMessage = async (packages: Packages, name: string) =>
  (await packages.get(name)).status?.conditions?.find((one) => one.type === "Ready")?.message;
const waitsFor = async (packages: Packages, name: string, text: string) =>
  await packages.waitFor(name, `waits: ${text}`, (one) => {
    const ready = one.status?.conditions?.find(({ type }) => type === "Ready");
    return ready?.reason === "WaitingForGate" && ready.message.includes(text);
  });

describe.concurrent("readiness gates", () => {
  it("hold a proposal until they are True for the present contents, which stay editable", async ({ env, packages }) => {
    const name = await createDraft({ env, packages }, "held", { spec: { readinessGates: GATES } });
    await packages.setLifecycle(name, "proposed");
    const waits = await packages.waitForReason(name, "WaitingForGate");
    expect(waits.status).toMatchObject({ lifecycle: "draft", waitingFor: ["WaitingForGate"] });
    expect(await readyMessage(packages, name)).toContain(
      `the readiness gate ${GATE} must be True before this is proposed; it has no verdict in status.gates`,
    );
    await judge(packages, name, "False");
    await waitsFor(packages, name, "it is False (Scanned): found False");
    // The verdict on other contents says nothing about these.
    await judge(packages, name, "True", `sha256:${"0".repeat(64)}`);
    await waitsFor(packages, name, "it has judged sha256:000");
    const digest = await judge(packages, name, "True");
    const proposed = await packages.waitForReason(name, "Proposed");
    expect(proposed.status).toMatchObject({ contentDigest: digest, gates: [{ conditionType: GATE, status: "True" }] });
    expect(proposed.status?.waitingFor).toBeUndefined();
    await packages.publish(name);
  });

  it("are void after an edit, also one that comes together with the request to propose", async ({ env, packages }) => {
    const name = await createDraft({ env, packages }, "void", { spec: { readinessGates: GATES } });
    const digest = await judge(packages, name, "True");
    const edited = packages.edit(name, { "a.yaml": "a: evil\n" });
    await Promise.all([edited, packages.setLifecycle(name, "proposed")]);
    const { status } = await waitsFor(packages, name, `it has judged ${digest}`);
    expect(status?.lifecycle).toBe("draft");
    await packages.save(name, { "a.yaml": "a: 1\n" });
    const proposed = await packages.waitForReason(name, "Proposed");
    expect(proposed.status?.contentDigest).toBe(digest);
    expect(await createGitReader(env.git, "void").files("void/one", "void")).toEqual(FILES);
  });

  it("that turn False after the proposal stop its publication, until they are True again", async ({
    env,
    packages,
  }) => {
    const name = await createDraft({ env, packages }, "late", { spec: { readinessGates: GATES } });
    await judge(packages, name, "True");
    await packages.propose(name);
    await judge(packages, name, "False");
    await packages.approve(name);
    const { status } = await waitsFor(packages, name, "before this is published; it is False (Scanned)");
    expect(status).toMatchObject({ lifecycle: "proposed", waitingFor: ["WaitingForGate"] });
    expect(await createGitReader(env.git, "late")("tag", "--list")).toBe("");
    // While it waits, the approval can be taken back.
    await packages.takeBack(name, "proposed");
    await packages.waitForReason(name, "Proposed");
    await packages.approve(name);
    await packages.waitForReason(name, "WaitingForGate");
    await judge(packages, name, "True");
    await packages.waitForReason(name, "Published");
  });

  it("of a Repository hold every package revision in it; an editor cannot take them out", async ({ env, packages }) => {
    const repository = { readinessGates: [{ conditionType: GATE }] };
    const name = await createDraft({ env, packages }, "strict", { repository });
    await packages.patch(name, { spec: { readinessGates: [] } });
    await packages.setLifecycle(name, "proposed");
    await waitsFor(packages, name, "it has no verdict in status.gates");
    const change = { spec: { readinessGates: null } };
    await expect(packages.request("alice", "merge", "repositories/strict", change)).rejects.toThrow("cannot patch");
    await judge(packages, name, "True");
    await packages.waitForReason(name, "Proposed");
    await packages.publish(name);
  });

  it("that a Repository asks for after a proposal hold its publication", async ({ env, packages }) => {
    const name = await createDraft({ env, packages }, "after");
    await packages.propose(name);
    const change = { spec: { readinessGates: [{ conditionType: GATE }] } };
    await packages.request("admin", "merge", "repositories/after", change);
    await packages.approve(name);
    await waitsFor(packages, name, "before this is published; it has no verdict");
    await packages.request("admin", "merge", "repositories/after", { spec: { readinessGates: null } });
    await packages.waitForReason(name, "Published");
  });

  it("survive the operator's status write that was planned before their verdict came", async ({ env, packages }) => {
    const name = await createDraft({ env, packages }, "foreign");
    const held = await holdNextPush(env.git, "foreign", "before");
    await packages.setLifecycle(name, "proposed");
    await held.reached();
    const digest = await judge(packages, name, "True");
    await held.release();
    const verdicts = [expect.objectContaining({ conditionType: GATE, digest, status: "True" })];
    expect((await packages.waitForReason(name, "Proposed")).status?.gates).toEqual(verdicts);
    expect((await packages.publish(name)).status?.gates).toEqual(verdicts);
  });
});
