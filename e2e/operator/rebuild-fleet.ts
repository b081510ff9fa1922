import { pushExternally } from "../testenv/external-push.ts";
import type { Fixtures } from "../testenv/fixtures.ts";
import type { Packages } from "../testenv/packages.ts";

const INPUT = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "site" }, data: { region: "eu-north" } };

/** With the prefix of an annotation that is part of the revisions. */
export const FLEET_SPEC = { deployment: true, packageMetadata: { prefixes: ["example.com"] } };

/** The names of a fleet's package revisions. */
export function namesIn(repository: string) {
  return {
    first: `edge1.${repository}.apps.web.first`,
    second: `edge1.${repository}.apps.web.second`,
    draft: `edge1.${repository}.apps.web.third`,
    proposal: `edge2.${repository}.cache.next`,
    waiting: `edge2.${repository}.db.late`,
    published: `edge2.${repository}.db.early`,
  } as const;
}

export async function createBlueprints({ env }: Fixtures): Promise<void> {
  await env.git.createRepository("blueprints");
  await pushExternally(env.git, "blueprints", {
    files: { "apps/web/deployment.yaml": "kind: Deployment\n", "apps/web/service.yaml": "kind: Service\n" },
    tags: ["apps/web/v1"],
  });
  await env.register("blueprints");
}

/**
 * Creates a deployment repository with a package revision of every kind: published twice, a draft and a proposal with
 * every field that a user can set, and an approved proposal that waits because another draft was published first.
 */
export async function createFleet({ env, packages }: Fixtures, repository: string): Promise<void> {
  await env.git.createRepository(repository);
  await env.register(repository, FLEET_SPEC);
  await Promise.all([
    createWeb(packages, repository),
    createCache(packages, repository),
    createDatabase(packages, repository),
  ]);
}

/** Two published revisions, and a draft with an edit and every field that a user can set. */
async function createWeb(packages: Packages, repository: string): Promise<void> {
  const id = { repository, target: "edge1", realm: "apps", package: "web" };
  const upstream = { repository: "blueprints", realm: "apps", package: "web", revision: "v1" };
  const clone = { tasks: [{ type: "clone" }], upstream };
  await packages.publish(await packages.createDraft({ ...id, workspace: "first" }, undefined, { spec: clone }));
  const metadata = { labels: { team: "web" }, annotations: { "example.com/ticket": "OPS-1\nurgent" } };
  const spec = { inputs: [INPUT], updatePolicy: "strict", readinessGates: [{ conditionType: "example.com/scanned" }] };
  const second = await packages.createDraft({ ...id, workspace: "second" }, { "a.yaml": "a: 1\n" }, { metadata });
  await packages.publish(second);
  const third = await packages.createDraft({ ...id, workspace: "third" }, undefined, {
    metadata,
    spec: { ...clone, ...spec },
  });
  const saved = await packages.save(third, { "edited.yaml": "by: alice\n", "service.yaml": null });
  // The edit is acknowledged before the package revision's status has its commit.
  await packages.waitFor(third, "has the commit", ({ status }) => status?.commit === saved.status?.commit);
}

async function createCache(packages: Packages, repository: string): Promise<void> {
  const id = { repository, target: "edge2", package: "cache", workspace: "next" };
  const spec = { inputs: [INPUT], tasks: [{ type: "init" }] };
  const name = await packages.createDraft(id, undefined, { spec, metadata: { labels: { team: "data" } } });
  await packages.save(name, { "cache.yaml": "kind: StatefulSet\n" });
  await packages.propose(name);
}

/** Two drafts with the same base: the second one is approved, but not published. */
async function createDatabase(packages: Packages, repository: string): Promise<void> {
  const id = { repository, target: "edge2", package: "db" };
  const late = await packages.createDraft({ ...id, workspace: "late" }, { "db.yaml": "late: true\n" });
  await packages.createPublished({ ...id, workspace: "early" }, { "db.yaml": "early: true\n" });
  await packages.propose(late);
  await packages.approve(late);
  await packages.waitForReason(late, "OutdatedBase");
}
