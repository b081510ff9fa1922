import { describe, expect } from "vitest";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { waitUntil } from "../harness/wait.ts";
import type { ApiClient } from "../testenv/api-client.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { nameOf } from "../testenv/packages.ts";
import { REFUSAL, type RefusedRequests, refuseRequests } from "../testenv/refusing-policy.ts";
import { readyReason, type TestEnv } from "../testenv/testenv.ts";

const it = testWithEnv("refused").extend("fleet", { scope: "file" }, async ({ env }) => {
  await env.git.createRepository("fleet");
  await env.register("fleet");
  return "fleet";
});

const PKG = "pkg.pkgserver.dev";
const CONFIG = "config.pkg.pkgserver.dev";
const named = (name: string) => `request.name == '${name}'`;
/** The operator has tried, and a person looks at the object. */
const SOON = { timeoutMs: 10_000 };

interface Event {
  readonly reason: string;
  readonly note: string;
  readonly regarding: { readonly kind: string; readonly name: string };
}

async function waitForEvent(env: TestEnv, requestAs: ApiClient, reason: string, name: string): Promise<Event> {
  const path = `events.k8s.io/v1/namespaces/${env.namespace}/events`;
  const find = async () => {
    const { body } = await requestAs("admin", "get", path);
    const { items } = body as unknown as { readonly items: readonly Event[] };
    return items.find((one) => one.reason === reason && one.regarding.name === name);
  };
  return (await waitUntil(`an Event ${reason} about ${name}`, find, SOON)) as Event;
}

interface Case extends Omit<RefusedRequests, "where"> {
  readonly where: (name: string) => string;
  /** What the API server's words name. */
  readonly names: string;
}

const cases: readonly Case[] = [
  {
    name: "contents",
    apiGroup: PKG,
    resource: "packagerevisionresourceses",
    operations: ["CREATE"],
    where: named,
    names: "packagerevisionresourceses",
  },
  {
    name: "contents-status",
    apiGroup: PKG,
    resource: "packagerevisionresourceses/status",
    operations: ["UPDATE"],
    where: named,
    names: "packagerevisionresourceses",
  },
  {
    name: "status",
    apiGroup: PKG,
    resource: "packagerevisions/status",
    operations: ["UPDATE"],
    where: (name) => `${named(name)} && has(object.status.contentDigest)`,
    names: "packagerevisions",
  },
  {
    name: "finalizer",
    apiGroup: PKG,
    resource: "packagerevisions",
    operations: ["UPDATE"],
    where: (name) => `${named(name)} && has(object.metadata.finalizers)`,
    names: "packagerevisions",
  },
];

describe.concurrent("a package revision of which the API server refuses", () => {
  it.for(cases)(
    "its $name says so within seconds, and goes on when it may",
    async (one, { env, packages, fleet, requestAs, onTestFinished }) => {
      const id = { repository: fleet, package: `no-${one.name}`, workspace: "one" };
      const allow = await refuseRequests(env, requestAs, { ...one, where: one.where(nameOf(id)) });
      onTestFinished(allow);
      const name = await packages.create(id);
      const refused = await env.waitForReason(name, "APIRequestRefused");
      const conditions = refused.status?.conditions ?? [];
      expect(conditions.map(({ type, status }) => [type, status])).toEqual(
        expect.arrayContaining([
          ["Ready", "False"],
          ["Stalled", "True"],
        ]),
      );
      const message = conditions.find(({ type }) => type === "Ready")?.message;
      for (const text of [REFUSAL, one.names, name]) expect(message).toContain(text);
      await waitForEvent(env, requestAs, "APIRequestRefused", name);
      await allow();
      await env.waitForReason(name, "Draft");
    },
  );

  it("any status tells that by an Event", async ({ env, packages, fleet, requestAs, onTestFinished }) => {
    const id = { repository: fleet, package: "no-status-at-all", workspace: "one" };
    const [apiGroup, resource] = [PKG, "packagerevisions/status"];
    const where = named(nameOf(id));
    const refused = { name: "all-status", apiGroup, resource, operations: ["UPDATE"], where } as const;
    const allow = await refuseRequests(env, requestAs, refused);
    onTestFinished(allow);
    const name = await packages.create(id);
    const { note } = await waitForEvent(env, requestAs, "APIRequestRefused", name);
    expect(note).toContain(REFUSAL);
    await allow();
    await env.waitForReason(name, "Draft");
  });

  it("the deletion of its contents says so, and is deleted when it may be", async ({
    env,
    packages,
    fleet,
    requestAs,
    onTestFinished,
  }) => {
    const name = await packages.createDraft({ repository: fleet, package: "no-deletion", workspace: "one" });
    const resource = "packagerevisionresourceses";
    const refused = { name: "deletion", apiGroup: PKG, resource, operations: ["DELETE"], where: named(name) } as const;
    const allow = await refuseRequests(env, requestAs, refused);
    onTestFinished(allow);
    await packages.delete(name);
    const left = await env.waitForReason(name, "APIRequestRefused");
    expect(left.metadata.deletionTimestamp).toBeDefined();
    await allow();
    await packages.waitUntilGone(name);
  });

  it("its Events is reconciled all the same", async ({ env, packages, fleet, requestAs, onTestFinished }) => {
    const resource = "events";
    const where = "object.regarding.name.contains('no-events')";
    const operations = ["CREATE"] as const;
    const allow = await refuseRequests(env, requestAs, {
      name: "events",
      apiGroup: "events.k8s.io",
      resource,
      operations,
      where,
    });
    onTestFinished(allow);
    const wrong = { repository: fleet, target: "edge", package: "no-events", workspace: "one" };
    const name = await packages.create(wrong);
    await env.waitForReason(name, "TargetNotAllowed");
    await packages.createDraft({ repository: fleet, package: "no-events", workspace: "two" });
    await packages.delete(name);
  });
});

describe.concurrent("a Repository of which the API server refuses", () => {
  it("its finalizer says so within seconds, and goes on when it may", async ({ env, requestAs, onTestFinished }) => {
    await env.git.createRepository("unfinalized");
    const where = `${named("unfinalized")} && has(object.metadata.finalizers)`;
    const refused = { name: "repository", apiGroup: CONFIG, resource: "repositories", where } as const;
    const allow = await refuseRequests(env, requestAs, { ...refused, operations: ["UPDATE"] });
    onTestFinished(allow);
    await env.applyRepository("unfinalized");
    const { status } = await env.waitForRepository("unfinalized", "APIRequestRefused");
    expect(status?.conditions?.[0]?.message).toContain(REFUSAL);
    await allow();
    await env.waitForRepository("unfinalized", "Synced");
  });

  it("any status tells that by an Event", async ({ env, requestAs, onTestFinished }) => {
    await env.git.createRepository("mute");
    const [apiGroup, resource] = [CONFIG, "repositories/status"];
    const refused = { name: "mute", apiGroup, resource, operations: ["UPDATE"], where: named("mute") } as const;
    const allow = await refuseRequests(env, requestAs, refused);
    onTestFinished(allow);
    await env.applyRepository("mute");
    const { note } = await waitForEvent(env, requestAs, "APIRequestRefused", "mute");
    expect(note).toContain(REFUSAL);
    await allow();
    await env.waitForRepository("mute", "Synced");
  });

  it("the deletion of a package revision says so", async ({ env, packages, requestAs, onTestFinished }) => {
    await env.git.createRepository("stays");
    await env.register("stays");
    const name = await packages.createDraft({ repository: "stays", package: "net", workspace: "one" });
    const [apiGroup, resource] = [PKG, "packagerevisions"];
    const refused = { name: "stays", apiGroup, resource, operations: ["DELETE"], where: named(name) } as const;
    const allow = await refuseRequests(env, requestAs, refused);
    onTestFinished(allow);
    await env.as("admin")("delete", "pkgrepo", "stays", "--wait=false");
    await env.waitForRepository("stays", "APIRequestRefused");
    await allow();
    await packages.waitUntilGone(name);
  });

  it("one package revision shows the others, and says which is missing", async ({ env, requestAs, onTestFinished }) => {
    const names = ["a", "b", "c"].map((name) => `catalog.partly.${name}.v1`);
    const where = named(names[0] ?? "");
    const refused = { name: "partly", apiGroup: PKG, resource: "packagerevisions", where } as const;
    const allow = await refuseRequests(env, requestAs, { ...refused, operations: ["CREATE"] });
    onTestFinished(allow);
    await env.git.createRepository("partly");
    const files = { "a/x.yaml": "x: 1\n", "b/x.yaml": "x: 1\n", "c/x.yaml": "x: 1\n" };
    await pushExternally(env.git, "partly", { files, tags: ["a/v1", "b/v1", "c/v1"] });
    await env.applyRepository("partly");
    const repository = await env.waitForRepository("partly", "APIRequestRefused");
    expect(messageOf(repository)).toContain(REFUSAL);
    expect(messageOf(repository)).toContain(names[0]);
    const shown = async () => {
      const all = await env.revisions();
      return all.map(({ metadata }) => metadata.name).filter((name) => names.includes(name));
    };
    expect((await shown()).toSorted()).toEqual(names.slice(1));
    await allow();
    await env.waitForRepository("partly", "Synced");
    expect((await shown()).toSorted()).toEqual(names);
  });
});

function messageOf(repository: Repository): string | undefined {
  expect(readyReason(repository)).toBe("APIRequestRefused");
  return repository.status?.conditions?.[0]?.message;
}
