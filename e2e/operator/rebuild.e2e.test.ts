import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kubectlAs } from "../harness/kubectl.ts";
import { waitUntil } from "../harness/wait.ts";
import { listRefs } from "../testenv/external-push.ts";
import { createPackages, type Packages } from "../testenv/packages.ts";
import { type Snapshot, takeSnapshot } from "../testenv/snapshot.ts";
import { startTestEnv, type TestEnv } from "../testenv/testenv.ts";
import { FLEET, makeFleet } from "./rebuild-fleet.ts";

/** Another cluster, as far as it matters here: nothing in it knows of the first. */
const secondNamespace = `rebuild-second-${randomBytes(3).toString("hex")}`;

let env: TestEnv;
let packages: Packages;
let before: Readonly<Record<string, Snapshot>>;
let refs: string;

beforeAll(async () => {
  env = await startTestEnv("rebuild", { alsoWatch: [secondNamespace] });
  packages = await createPackages(env);
  await makeFleet(env, packages);
  before = await takeSnapshot(packages, "fleet");
  refs = await listRefs(env.git, "fleet");
});

afterAll(async () => await env?.end());

/** What comes back: a wish to publish, approved or not, is not in Git, so the proposal waits to be approved again. */
function expected(): Readonly<Record<string, Snapshot>> {
  const waiting = before[FLEET.waiting] as Snapshot & { status: { lifecycle: string }; spec: object };
  const { waitingFor: _, ...status } = waiting.status as unknown as Record<string, unknown>;
  return {
    ...before,
    [FLEET.waiting]: {
      ...waiting,
      spec: { ...waiting.spec, lifecycle: "proposed" },
      status: { ...status, ready: "Proposed" },
    },
  };
}

async function expectRebuilt(where = packages): Promise<void> {
  const now = await waitUntil("everything is back", async () => await takeSnapshot(where, "fleet"), {
    until: (snapshot) =>
      Object.keys(snapshot).length === Object.keys(before).length &&
      Object.values(snapshot).every((one) => (one.status as { ready?: string }).ready !== undefined),
  });
  expect(now).toEqual(expected());
}

describe("rebuild", () => {
  it("has one of everything to lose", () => {
    const states = Object.entries(before).map(([name, { status }]) => {
      const { ready, revision } = status as { ready: string; revision?: string };
      return [name, revision === undefined ? ready : `${ready} ${revision}`];
    });
    expect(Object.fromEntries(states)).toEqual({
      [FLEET.first]: "Published v1",
      [FLEET.second]: "Published v2",
      [FLEET.draft]: "Draft",
      [FLEET.proposal]: "Proposed",
      [FLEET.waiting]: "OutdatedBase",
      "edge2.fleet.db.early": "Published v1",
    });
  });

  it("loses nothing with its mirrors: without a write to Git or to the API server", async () => {
    const versions = async () =>
      (await env.revisions()).map(({ metadata }) => [metadata.name, metadata.resourceVersion]);
    const known = await versions();
    await env.operator.stop();
    await rm(join(env.operatorSpec.dir, "operator-data"), { recursive: true });
    await env.restartOperator("stop");
    await env.sync("fleet");
    expect(await versions()).toEqual(known);
    expect(await listRefs(env.git, "fleet")).toBe(refs);
  });

  it("clones anew when a mirror is removed under its feet", async () => {
    await rm(join(env.operatorSpec.dir, "operator-data", "mirrors"), { recursive: true });
    const contents = await packages.save(FLEET.draft, { "edited.yaml": "by: alice, twice\n" });
    const inGit = await env.git.git("fleet", "show", "edge1/apps/web/third:edge1/apps/web/edited.yaml");
    expect(inGit).toBe("by: alice, twice\n");
    expect(contents.status?.error).toBeUndefined();
    // The edit is acknowledged before the package revision tells of it.
    await packages.waitFor(FLEET.draft, "tells of it", ({ status }) => status?.commit === contents.status?.commit);
    before = await takeSnapshot(packages, "fleet");
    refs = await listRefs(env.git, "fleet");
  });

  it("removes the objects with the Repository, and nothing from Git", async () => {
    await env.as("admin")("delete", "pkgrepo", "fleet");
    expect(Object.keys(await takeSnapshot(packages, "fleet"))).toEqual([]);
    expect(await listRefs(env.git, "fleet")).toBe(refs);
  });

  it("brings everything back from Git, with nothing written to Git", async () => {
    await env.register("fleet", { deployment: true });
    await expectRebuilt();
    await env.sync("fleet");
    expect(await listRefs(env.git, "fleet")).toBe(refs);
  });

  it("shows the same in an empty cluster that registers the repository", async () => {
    const admin = kubectlAs(env.controlPlane, "admin");
    const secret = await env.as("admin").getJson<{ data: object; type: string }>("secret", "git-auth");
    const { spec } = await env.repository("fleet");
    const metadata = (name: string) => ({ name, namespace: secondNamespace });
    const manifests = [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: secondNamespace } },
      { apiVersion: "v1", kind: "Secret", metadata: metadata("git-auth"), type: secret.type, data: secret.data },
      {
        apiVersion: "config.pkg.pkgserver.dev/v1alpha1",
        kind: "Repository",
        metadata: metadata("fleet"),
        spec: { ...spec, sync: { interval: "1h" } },
      },
    ];
    await admin.applyYaml(manifests.map((one) => JSON.stringify(one)).join("\n---\n"));
    await expectRebuilt(await createPackages({ ...env, namespace: secondNamespace }));
    expect(await listRefs(env.git, "fleet")).toBe(refs);
  });

  it("never restores an approval", async () => {
    const waiting = await packages.get(FLEET.waiting);
    expect(waiting.spec).not.toHaveProperty("approval");
    expect(waiting.spec.lifecycle).toBe("proposed");
    expect((await packages.get(FLEET.first)).spec).not.toHaveProperty("approval");
    expect((await packages.get(FLEET.first)).status).toMatchObject({ publishedBy: "bob", revision: "v1" });
  });

  it("publishes a rebuilt proposal once it is approved again, as proposed by whoever proposed it", async () => {
    expect((await packages.get(FLEET.proposal)).status?.proposal).toMatchObject({ by: "alice" });
    const published = await packages.publish(FLEET.proposal);
    expect(published.status).toMatchObject({ revision: "v1", publishedBy: "bob" });
    const tag = await env.git.git("fleet", "cat-file", "tag", "edge2/cache/v1");
    expect(tag).toContain("Proposed-By: alice\n");
    expect(tag).toContain("Approved-By: bob\n");
  });

  it("takes a rebuilt proposal back to draft", async () => {
    await packages.setLifecycle(FLEET.waiting, "draft");
    await packages.waitForReason(FLEET.waiting, "Draft");
    const saved = await packages.save(FLEET.waiting, { "db.yaml": "late: false\n" });
    expect(saved.status?.frozen).toBe(false);
  });

  it("takes a rebuilt draft on to the next revision", async () => {
    await packages.save(FLEET.draft, { "after.yaml": "rebuilt: true\n" });
    const { status } = await packages.get(FLEET.draft);
    const gate = { type: "example.com/scanned", status: "True", reason: "Clean", message: "", observedGeneration: 1 };
    const conditions = [...(status?.conditions ?? []), { ...gate, lastTransitionTime: "2026-01-01T00:00:00Z" }];
    await packages.request("admin", "merge", `packagerevisions/${FLEET.draft}/status`, { status: { conditions } });
    const published = await packages.publish(FLEET.draft);
    expect(published.status?.revision).toBe("v3");
    expect(published.metadata.labels).toMatchObject({ team: "web", "pkg.pkgserver.dev/latest": "true" });
    expect((await packages.get(FLEET.second)).metadata.labels).toEqual({ team: "web" });
    const files = await env.git.git("fleet", "ls-tree", "-r", "--name-only", "main", "edge1/apps/web/");
    expect(files.trim().split("\n")).toEqual(
      ["after", "deployment", "edited"].map((one) => `edge1/apps/web/${one}.yaml`),
    );
  });
});
