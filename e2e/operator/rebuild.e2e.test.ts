import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { kubectlAs } from "../harness/kubectl.ts";
import { waitUntil } from "../harness/wait.ts";
import { listRefs } from "../testenv/external-push.ts";
import { type Fixtures, testWithEnv } from "../testenv/fixtures.ts";
import { needs } from "../testenv/needs.ts";
import { createPackages, type Packages } from "../testenv/packages.ts";
import { type Snapshot, takeSnapshot } from "../testenv/snapshot.ts";
import { createBlueprints, createFleet, FLEET_SPEC, namesIn } from "./rebuild-fleet.ts";

type Snapshots = Readonly<Record<string, Snapshot>>;

/** Stands for another cluster: its objects do not refer to the first namespace. */
const secondNamespace = `rebuild-second-${randomBytes(3).toString("hex")}`;

const FLEET = namesIn("fleet");
const REBUILT = namesIn("rebuilt");

/** `fleet`: the Repository `fleet`; `rebuilt`: the Repository `rebuilt`, which was deleted and registered again. */
const it = testWithEnv("rebuild", { alsoWatch: [secondNamespace] })
  .extend("blueprints", { scope: "file" }, async ({ env, packages }) => await createBlueprints({ env, packages }))
  .extend("fleet", { scope: "file" }, async ({ env, packages, blueprints: _ }) => {
    await createFleet({ env, packages }, "fleet");
    const states = Object.entries(await takeJudged(packages, "fleet")).map(([name, { status }]) => {
      const { ready, revision } = status as { ready: string; revision?: string };
      return [name, revision === undefined ? ready : `${ready} ${revision}`];
    });
    expect(Object.fromEntries(states), "the fleet has a package revision of every kind").toEqual({
      [FLEET.first]: "Published v1",
      [FLEET.second]: "Published v2",
      [FLEET.draft]: "Draft",
      [FLEET.proposal]: "Proposed",
      [FLEET.waiting]: "OutdatedBase",
      [FLEET.published]: "Published v1",
    });
  })
  .extend("rebuilt", { scope: "file" }, async ({ env, packages, blueprints: _ }) => {
    await createFleet({ env, packages }, "rebuilt");
    const before = await takeJudged(packages, "rebuilt");
    await env.as("admin")("delete", "pkgrepo", "rebuilt");
    await env.register("rebuilt", FLEET_SPEC);
    await expectRebuilt(packages, "rebuilt", before);
  });

/** The snapshots after a rebuild: an approval is not in Git, so an approved proposal waits to be approved again. */
function afterRebuild(before: Snapshots, waiting: string): Snapshots {
  const snapshot = before[waiting] as Snapshot & { status: { lifecycle: string }; spec: object };
  const { waitingFor: _, ...status } = snapshot.status as unknown as Record<string, unknown>;
  return {
    ...before,
    [waiting]: {
      ...snapshot,
      spec: { ...snapshot.spec, lifecycle: "proposed" },
      status: { ...status, ready: "Proposed" },
    },
  };
}

/** Drafts and proposals are validated after they are shown. */
function isJudged({ status }: Snapshot): boolean {
  const { ready, lifecycle, validation } = status as { ready?: string; lifecycle?: string; validation?: unknown };
  return ready !== undefined && (lifecycle === "published" || validation !== undefined);
}

/** Waits until there are as many objects, and all are validated. */
async function takeJudged(packages: Packages, repository: string, count?: number): Promise<Snapshots> {
  return await waitUntil(
    `all objects of ${repository} are judged`,
    async () => await takeSnapshot(packages, repository),
    {
      until: (snapshot) => {
        const all = Object.values(snapshot);
        return (count === undefined || all.length === count) && all.every(isJudged);
      },
    },
  );
}

async function expectRebuilt(packages: Packages, repository: string, before: Snapshots): Promise<void> {
  const now = await takeJudged(packages, repository, Object.keys(before).length);
  expect(now).toEqual(afterRebuild(before, namesIn(repository).waiting));
}

const operatorData = ({ env }: Pick<Fixtures, "env">) => join(env.operatorSpec.dir, "operator-data");

describe("rebuild", () => {
  it("clones removed mirrors at the next start, without a write to Git or to the API server", async ({
    env,
    fleet: _,
  }) => {
    const versions = async () =>
      (await env.revisions()).map(({ metadata }) => [metadata.name, metadata.resourceVersion]);
    const [known, refs] = [await versions(), await listRefs(env.git, "fleet")];
    await env.operator.stop();
    await rm(operatorData({ env }), { recursive: true });
    await env.restartOperator("stop");
    await env.sync("fleet");
    expect(await versions()).toEqual(known);
    expect(await listRefs(env.git, "fleet")).toBe(refs);
  });

  it("clones a mirror that is removed while the operator runs", async ({ env, packages, fleet: _ }) => {
    await rm(join(operatorData({ env }), "mirrors"), { recursive: true });
    const contents = await packages.save(FLEET.draft, { "edited.yaml": "by: alice, twice\n" });
    const inGit = await env.git.git("fleet", "show", "edge1/apps/web/third:edge1/apps/web/edited.yaml");
    expect(inGit).toBe("by: alice, twice\n");
    expect(contents.status?.error).toBeUndefined();
    // The edit is acknowledged before the package revision's status has its commit.
    await packages.waitFor(FLEET.draft, "has the commit", ({ status }) => status?.commit === contents.status?.commit);
  });

  it("restores all objects of a deleted Repository from Git, except approvals, and writes nothing to Git", async ({
    env,
    packages,
    fleet: _,
  }) => {
    const before = await takeJudged(packages, "fleet");
    const refs = await listRefs(env.git, "fleet");
    await env.as("admin")("delete", "pkgrepo", "fleet");
    expect(Object.keys(await takeJudged(packages, "fleet"))).toEqual([]);
    expect(await listRefs(env.git, "fleet")).toBe(refs);
    await env.register("fleet", FLEET_SPEC);
    await expectRebuilt(packages, "fleet", before);
    await env.sync("fleet");
    expect(await listRefs(env.git, "fleet")).toBe(refs);
    expect((await packages.get(FLEET.waiting)).spec).not.toHaveProperty("approval");
    expect((await packages.get(FLEET.first)).spec).not.toHaveProperty("approval");
    expect((await packages.get(FLEET.first)).status).toMatchObject({ publishedBy: "bob", revision: "v1" });
  });

  it("shows the same objects in an empty cluster that registers the repository", async ({
    env,
    packages,
    fleet: _,
  }) => {
    const before = await takeJudged(packages, "fleet");
    const refs = await listRefs(env.git, "fleet");
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
        // The record is of a Repository of another name: it counts where that one is trusted.
        spec: { ...spec, sync: { interval: "1h" }, trustedRepositories: [`${env.namespace}/fleet`] },
      },
    ];
    await admin.applyYaml(manifests.map((one) => JSON.stringify(one)).join("\n---\n"));
    await expectRebuilt(await createPackages({ ...env, namespace: secondNamespace }), "fleet", before);
    expect(await listRefs(env.git, "fleet")).toBe(refs);
  });

  it(
    ...needs(
      "MutatingAdmissionPolicy",
      "publishes a rebuilt proposal once it is approved again, with its original proposer",
    ),
    async ({ env, packages, rebuilt: _ }) => {
      expect((await packages.get(REBUILT.proposal)).status?.proposal).toMatchObject({ by: "alice" });
      const published = await packages.publish(REBUILT.proposal);
      expect(published.status).toMatchObject({ revision: "v1", publishedBy: "bob" });
      const tag = await env.git.git("rebuilt", "cat-file", "tag", "edge2/cache/v1");
      expect(tag).toContain("Proposed-By: alice\n");
      expect(tag).toContain("Approved-By: bob\n");
    },
  );

  it("returns a rebuilt proposal to draft", async ({ packages, rebuilt: _ }) => {
    await packages.setLifecycle(REBUILT.waiting, "draft");
    await packages.waitForReason(REBUILT.waiting, "Draft");
    const saved = await packages.save(REBUILT.waiting, { "db.yaml": "late: false\n" });
    expect(saved.status?.frozen).toBe(false);
  });

  it("publishes a rebuilt draft as the next revision", async ({ env, packages, rebuilt: _ }) => {
    const { commit } = (await packages.save(REBUILT.draft, { "after.yaml": "rebuilt: true\n" })).status ?? {};
    const { status } = await packages.waitFor(REBUILT.draft, "has the edit", (one) => one.status?.commit === commit);
    const gates = [{ conditionType: "example.com/scanned", digest: status?.contentDigest, status: "True" }];
    await packages.request("admin", "merge", `packagerevisions/${REBUILT.draft}/status`, { status: { gates } });
    const published = await packages.publish(REBUILT.draft);
    expect(published.status?.revision).toBe("v3");
    expect(published.metadata.labels).toMatchObject({ team: "web", "pkg.pkgserver.dev/latest": "true" });
    expect((await packages.get(REBUILT.second)).metadata.labels).toEqual({ team: "web" });
    const files = await env.git.git("rebuilt", "ls-tree", "-r", "--name-only", "main", "edge1/apps/web/");
    expect(files.trim().split("\n")).toEqual(
      ["after", "deployment", "edited"].map((one) => `edge1/apps/web/${one}.yaml`),
    );
  });
});
