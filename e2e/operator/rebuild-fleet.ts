import { pushExternally } from "../testenv/external-push.ts";
import type { Packages } from "../testenv/packages.ts";
import type { TestEnv } from "../testenv/testenv.ts";

const INPUT = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "site" }, data: { region: "eu-north" } };

/** The names of the package revisions of `makeFleet`. */
export const FLEET = {
  first: "edge1.fleet.apps.web.first",
  second: "edge1.fleet.apps.web.second",
  draft: "edge1.fleet.apps.web.third",
  proposal: "edge2.fleet.cache.next",
  waiting: "edge2.fleet.db.late",
} as const;

/**
 * A catalog, and a repository `fleet` with one package revision of every kind: published twice, a draft and a proposal with
 * everything a person may say of them, and an approved proposal that waits because another draft was published first.
 */
export async function makeFleet(env: TestEnv, packages: Packages): Promise<void> {
  await Promise.all([env.git.createRepository("blueprints"), env.git.createRepository("fleet")]);
  await pushExternally(env.git, "blueprints", {
    files: { "apps/web/deployment.yaml": "kind: Deployment\n", "apps/web/service.yaml": "kind: Service\n" },
    tags: ["apps/web/v1"],
  });
  await Promise.all([env.register("blueprints"), env.register("fleet", { deployment: true })]);
  await Promise.all([makeWeb(packages), makeCache(packages), makeDatabase(packages)]);
}

/** Published twice, and a draft with an edit: everything that a person may say of it is said. */
async function makeWeb(packages: Packages): Promise<void> {
  const id = { repository: "fleet", target: "edge1", realm: "apps", package: "web" };
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
  await packages.save(third, { "edited.yaml": "by: alice\n", "service.yaml": null });
}

async function makeCache(packages: Packages): Promise<void> {
  const id = { repository: "fleet", target: "edge2", package: "cache", workspace: "next" };
  const spec = { inputs: [INPUT], tasks: [{ type: "init" }] };
  const name = await packages.createDraft(id, undefined, { spec, metadata: { labels: { team: "data" } } });
  await packages.save(name, { "cache.yaml": "kind: StatefulSet\n" });
  await packages.propose(name);
}

/** Of two drafts from the same base the second is approved, but not published. */
async function makeDatabase(packages: Packages): Promise<void> {
  const id = { repository: "fleet", target: "edge2", package: "db" };
  const late = await packages.createDraft({ ...id, workspace: "late" }, { "db.yaml": "late: true\n" });
  await packages.createPublished({ ...id, workspace: "early" }, { "db.yaml": "early: true\n" });
  await packages.propose(late);
  await packages.setLifecycle(late, "published", "bob");
  await packages.waitForReason(late, "OutdatedBase");
}
