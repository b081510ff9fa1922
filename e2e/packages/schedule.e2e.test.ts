import { describe, expect } from "vitest";
import { definition, dependency, resource } from "../../src/core/dependencies/testing/revisions.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { type Fixtures, testWithEnv } from "../testenv/fixtures.ts";
import { needs } from "../testenv/needs.ts";
import { nameOf, type Packages } from "../testenv/packages.ts";
import { refuseRequests } from "../testenv/refusing-policy.ts";

const GATES = [{ conditionType: "pkg.pkgserver.dev/schedule" }];
const SHOP = { target: "edge1", repository: "deployments", realm: "web", package: "shop", workspace: "first" };
const made = (name: string, repository = "deployments", target = "edge1") =>
  nameOf({ target, repository, realm: "infra", package: name, workspace: "pkginstall" });
const CLUSTER = { "cluster.yaml": resource("cluster.x-k8s.io/v1", "Cluster") };

/** `deployments` asks for drafts, `checked` for the gate by its drafts alone, `eyes` for drafts and four eyes. */
const it = testWithEnv("schedule").extend("catalog", { scope: "file" }, async ({ env }) => {
  for (const name of ["catalog", "deployments", "checked", "eyes"]) await env.git.createRepository(name);
  await pushExternally(env.git, "catalog", {
    files: {
      "infra/cert-manager/crd.yaml": definition("cert-manager.io", "Certificate", "v1"),
      "infra/capi/crd.yaml": definition("cluster.x-k8s.io", "Cluster", "v1"),
      "infra/capi/certificate.yaml": resource("cert-manager.io/v1", "Certificate"),
      "infra/dns-a/crd.yaml": definition("dns.io", "Zone", "v1"),
      "infra/dns-b/crd.yaml": definition("dns.io", "Zone", "v1"),
    },
    tags: ["infra/cert-manager/v1", "infra/capi/v1", "infra/dns-a/v1", "infra/dns-b/v1"],
  });
  await env.register("catalog");
  await env.register("deployments", { deployment: true, readinessGates: GATES });
  await env.register("checked", { deployment: true });
  await env.register("eyes", { deployment: true, readinessGates: GATES, approval: { fourEyes: true } });
  return "catalog";
});

async function scheduled(packages: Packages, name: string, reason: string) {
  const { status } = await packages.waitFor(name, `is ${reason}`, (one) => {
    return one.status?.conditions?.some((each) => each.type === "Scheduled" && each.reason === reason) === true;
  });
  return status?.conditions?.find(({ type }) => type === "Scheduled")?.message;
}

async function namesOf({ env }: Pick<Fixtures, "env">, target: string): Promise<readonly string[]> {
  const names = (await env.revisions()).map(({ metadata }) => metadata.name);
  return names.filter((name) => name.startsWith(`${target}.`)).sort();
}

async function publishMade(packages: Packages, name: string): Promise<void> {
  await packages.waitForReason(name, "Draft");
  await packages.publish(name);
}

describe("the gate schedule", () => {
  it("makes the drafts that are missing, in order, once, and lets the draft go on when all are published", async ({
    env,
    packages,
    catalog: _,
  }) => {
    const shop = await packages.createDraft(SHOP, CLUSTER);
    const before = await scheduled(packages, shop, "DependenciesUnpublished");
    expect(before).toContain("once this one is to be proposed");
    expect((await packages.get(shop)).status).not.toHaveProperty("scheduled");
    await packages.askToPropose(shop);
    await packages.waitForReason(shop, "WaitingForGate");
    const first = await packages.waitForReason(made("cert-manager"), "Draft");
    expect(first.metadata.annotations).toMatchObject({
      "pkg.pkgserver.dev/scheduled-for": shop,
      "pkg.pkgserver.dev/changed-by": "alice",
    });
    expect(first.spec).toMatchObject({
      upstream: { package: "cert-manager", revision: "v1" },
      tasks: [{ type: "clone" }],
    });
    await packages.waitFor(
      shop,
      "names the draft",
      (one) => one.status?.scheduled?.includes(made("cert-manager")) === true,
    );
    expect(await namesOf({ env }, "edge1")).toEqual([made("cert-manager"), shop].sort());
    await publishMade(packages, made("cert-manager"));
    await publishMade(packages, made("capi"));
    const proposed = await packages.waitForReason(shop, "Proposed");
    expect(proposed.status?.scheduled).toEqual([made("cert-manager"), made("capi")]);
    const published = await packages.publish(shop);
    expect(published.status).not.toHaveProperty("scheduled");
    expect(published.status?.conditions?.map(({ type }) => type)).not.toContain("Scheduled");
  });

  it("does not make a deleted draft again, and goes on with one that a person makes", async ({
    env,
    packages,
    catalog: _,
  }) => {
    const draft = (name: string) => ({
      target: "edge2",
      repository: "deployments",
      realm: "infra",
      package: name,
      workspace: "mine",
    });
    const shop = await packages.createDraft({ ...SHOP, target: "edge2" }, CLUSTER);
    await packages.askToPropose(shop);
    const own = made("cert-manager", "deployments", "edge2");
    await packages.waitForReason(own, "Draft");
    await packages.waitFor(shop, "names the draft", (one) => one.status?.scheduled !== undefined);
    await env.as("alice")("delete", "pkgrev", own);
    expect(await scheduled(packages, shop, "DraftDeleted")).toContain(own);
    await env.restartOperator("stop");
    await env.sync("deployments");
    const mine = await packages.createDraft(draft("cert-manager"), undefined, {
      spec: {
        tasks: [{ type: "clone" }],
        upstream: { repository: "catalog", realm: "infra", package: "cert-manager" },
      },
    });
    expect(await scheduled(packages, shop, "DependenciesUnpublished")).toContain(`${mine} is to be proposed`);
    await packages.publish(mine);
    await packages.waitForReason(made("capi", "deployments", "edge2"), "Draft");
    expect(await namesOf({ env }, "edge2")).not.toContain(own);
  });

  it("makes nothing where packages are equal, missing, or the Repository does not ask", async ({
    env,
    packages,
    catalog: _,
  }) => {
    const at = (target: string, repository = "deployments") => ({ ...SHOP, target, repository });
    const propose = async (id: typeof SHOP, files: Readonly<Record<string, string>>, spec = {}) => {
      const name = await packages.createDraft(id, files, { spec });
      await packages.askToPropose(name);
      return name;
    };
    const ambiguous = await propose(at("edge3"), { "zone.yaml": resource("dns.io/v1", "Zone") });
    expect(await scheduled(packages, ambiguous, "AmbiguousDependency")).toContain(
      "catalog/infra/dns-a@v1 or catalog/infra/dns-b",
    );
    const unknown = await propose(at("edge4"), { ...CLUSTER, "widget.yaml": resource("acme.io/v1", "Widget") });
    expect(await scheduled(packages, unknown, "DependenciesUnresolved")).toContain("cannot find api reference");
    const checked = await propose(at("edge5", "checked"), CLUSTER, { readinessGates: GATES });
    expect(await scheduled(packages, checked, "DependenciesUnpublished")).toContain("does not ask for their drafts");
    for (const target of ["edge3", "edge4", "edge5"]) expect(await namesOf({ env }, target)).toHaveLength(1);
    // A named package is one that a person has chosen.
    await packages.setLifecycle(ambiguous, "draft");
    await packages.save(ambiguous, { "needs.yaml": dependency("catalog/infra/dns-b") });
    await packages.askToPropose(ambiguous);
    await packages.waitForReason(made("dns-b", "deployments", "edge3"), "Draft");
  });

  it("says that a draft is refused, and makes it once it is not", async ({ env, packages, requestAs, catalog: _ }) => {
    const own = made("cert-manager", "deployments", "edge7");
    const allow = await refuseRequests(env, requestAs, {
      name: "made",
      apiGroup: "pkg.pkgserver.dev",
      resource: "packagerevisions",
      operations: ["CREATE"],
      where: `request.name == '${own}'`,
    });
    const shop = await packages.createDraft({ ...SHOP, target: "edge7" }, CLUSTER);
    await packages.askToPropose(shop);
    const { status } = await packages.waitForReason(shop, "DraftRefused");
    expect(status?.conditions?.find(({ type }) => type === "Stalled")?.message).toContain(`draft ${own}: `);
    await allow();
    await packages.waitForReason(own, "Draft");
    await packages.waitForReason(shop, "WaitingForGate");
  });

  it(
    ...needs("MutatingAdmissionPolicy", "under four eyes, nobody approves the draft who has changed what needs it"),
    async ({ packages, catalog: _ }) => {
      const shop = await packages.createDraft({ ...SHOP, repository: "eyes", target: "edge6" }, CLUSTER);
      await packages.askToPropose(shop);
      const own = made("cert-manager", "eyes", "edge6");
      const { status, metadata } = await packages.waitForReason(own, "Draft");
      expect(metadata.annotations).toMatchObject({ "pkg.pkgserver.dev/changed-by": "alice" });
      expect(status?.attribution).toBe("Complete");
    },
  );
});
