import { describe, expect } from "vitest";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { parseCommitMetadata } from "../../src/core/revision/commit-trailers.ts";
import { testWithVariants } from "../fleet/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import type { Packages } from "../testenv/packages.ts";
import { readyOf } from "./approval-policy.ts";

const it = testWithVariants("automatic");

const IMAGES = { name: "images", expression: "change.isImageVersions" };

const deployment = (image: string, more = "") => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: { app: web }
  template:
    metadata:
      labels: { app: web }
    spec:
      containers:
        - name: web
          image: ${image}
${more}`;
const configMap = (n: string, name = "a") =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata: { n: "${n}" }\n`;

it.beforeAll(async ({ env }) => {
  for (const name of ["images", "waits", "catalog", "deployments"]) await env.git.createRepository(name);
  await env.register("images", { approval: { required: 2, automatic: [IMAGES] } });
  const automatic = [{ name: "any", match: { packages: ["web*"] }, expression: "true" }];
  await env.register("waits", {
    approval: { automatic, rules: [{ name: "rights", match: { paths: ["rbac*"] }, groups: ["net"] }] },
  });
  await env.register("catalog");
  const initial = { name: "initial", initial: true };
  await env.register("deployments", { deployment: true, approval: { automatic: [initial] } });
});

const id = (workspace: string, name = "web", repository = "images") => ({ repository, package: name, workspace });

/** Publishes a first revision, which two people approve if two have to. */
async function publishFirst(packages: Packages, name: string): Promise<PackageRevision> {
  const { spec, status } = await packages.propose(name);
  await packages.approve(name);
  if (spec.packageRevID.repository === "images") {
    await packages.waitForReason(name, "WaitingForApproval");
    await packages.patch(name, { spec: { approvals: { carol: { digest: status?.proposal?.digest } } } }, "carol");
  }
  return await packages.waitForReason(name, "Published");
}

describe.concurrent("a rule that approves other tags of images", () => {
  it("publishes them without a person, and the tag names the rule", async ({ env, packages, requestAs }) => {
    const first = await packages.createDraft(id("one"), {
      "web.yaml": deployment("example.com/web:1"),
      "run.sh": "a\n",
    });
    await packages.propose(first);
    await packages.waitFor(first, "says why no rule approves it", (one) => {
      const text = "no automatic rule approves it (a person approves the first revision";
      return readyOf(one)?.message.includes(text) === true;
    });
    expect((await publishFirst(packages, first)).status).toMatchObject({ publishedBy: "bob", revision: "v1" });

    const second = await packages.createDraft(id("two"));
    await packages.save(second, { "web.yaml": deployment("example.com/web:2") });
    await packages.setLifecycle(second, "proposed");
    const published = await packages.waitForReason(second, "Published");
    expect(published.status).toMatchObject({ revision: "v2", publishedByRule: "images" });
    expect(published.status).not.toHaveProperty("publishedBy");
    expect([published.spec.lifecycle, published.spec.approval]).toEqual(["published", undefined]);
    env.ledger.recordPublication(published);

    const git = createGitReader(env.git, "images");
    const message = await git("tag", "--list", "--format=%(contents)", "web/v2");
    expect(message).toContain("Approved-By-Rule: images\nApproval-Rule: {");
    expect(message).not.toContain("Approved-By: ");
    expect(message).toContain("Proposed-By: alice");
    expect(await git.files("main", "web")).toMatchObject({ "web.yaml": deployment("example.com/web:2") });
    const events = await requestAs("admin", "get", `events.k8s.io/v1/namespaces/${env.namespace}/events`);
    expect(JSON.stringify(events.body)).toContain("rule images (spec.approval.automatic of the Repository)");
  });

  it.for<[string, Readonly<Record<string, string | null>>]>([
    ["another registry", { "web.yaml": deployment("evil.example/web:2") }],
    ["a script beside", { "web.yaml": deployment("example.com/web:2"), "run.sh": "rm -r /\n" }],
    ["a field beside", { "web.yaml": deployment("example.com/web:2", "          args: [evil]\n") }],
    ["a new object", { "web.yaml": `${deployment("example.com/web:2")}---\n${configMap("1")}` }],
    ["no file any more", { "web.yaml": deployment("example.com/web:2"), "run.sh": null }],
  ])("leaves %s to people", async ([what, files], { packages }) => {
    const name = `held-${what.replaceAll(/\W/g, "-")}`;
    const first = { "web.yaml": deployment("example.com/web:1"), "run.sh": "a\n" };
    await publishFirst(packages, await packages.createDraft(id("one", name), first));
    const second = await packages.createDraft(id("two", name));
    await packages.save(second, files);
    await packages.setLifecycle(second, "proposed");
    const held = await packages.waitFor(second, "is held", (one) => {
      return readyOf(one)?.message.includes("no automatic rule approves it (images: is not true)") === true;
    });
    expect(held.status).toMatchObject({ lifecycle: "proposed", requiredApprovals: [{ required: 2 }] });
    await packages.setLifecycle(second, "draft");
    await packages.waitForReason(second, "Draft");
  });
});

describe.concurrent("a rule that approves anything", () => {
  it("waits for gates, and leaves to people what a rule asks of them", async ({ env, packages }) => {
    const first = await packages.createDraft(id("one", "web", "waits"), { "a.yaml": configMap("1") });
    await publishFirst(packages, first);
    const gated = await packages.createDraft(id("two", "web", "waits"));
    await packages.save(gated, { "rbac.yaml": configMap("2", "b") });
    await packages.setLifecycle(gated, "proposed");
    const held = await packages.waitFor(gated, "is held", (one) => {
      return readyOf(one)?.message.includes("rule rights of spec.approval.rules asks people") === true;
    });
    expect(held.status?.requiredApprovals).toEqual([{ rule: "rights", groups: ["net"], required: 1 }]);
    await packages.setLifecycle(gated, "draft");
    await packages.waitForReason(gated, "Draft");
    await packages.save(gated, { "rbac.yaml": null, "a.yaml": configMap("3") });
    const labels = { metadata: { labels: { team: "evil" } } };
    await packages.patch(gated, labels);
    await packages.setLifecycle(gated, "proposed");
    await packages.waitFor(gated, "is held for its labels", (one) => {
      return readyOf(one)?.message.includes("its labels, annotations, inputs or gates are not those of v1") === true;
    });
    await packages.setLifecycle(gated, "draft");
    await packages.waitForReason(gated, "Draft");
    await packages.patch(gated, { metadata: { labels: { team: null } } });
    await packages.setLifecycle(gated, "proposed");
    const published = await packages.waitForReason(gated, "Published");
    expect(published.status?.publishedByRule).toBe("any");
    env.ledger.recordPublication(published);
  });

  it("tells on the Repository that it cannot be evaluated, and approves nothing", async ({ env, packages }) => {
    await env.git.createRepository("wrong");
    await env.applyRepository("wrong", { approval: { automatic: [{ name: "bad", expression: "chang.x == 0" }] } });
    const repository = await env.waitForRepository("wrong", "InvalidApprovalRule");
    expect(readyOf(repository as never)?.message).toContain("rule bad: expression:1:1: Unknown variable: chang");
    const first = await packages.createDraft(id("one", "web", "wrong"), { "a.yaml": configMap("1") });
    await publishFirst(packages, first);
  });
});

describe.concurrent("a rule for variants", () => {
  it("publishes newer upstreams after a person has approved the first", async ({ env, packages, variants }) => {
    const upstream = { repository: "catalog", package: "shop" };
    await packages.createPublished({ ...upstream, workspace: "one" }, { "a.yaml": configMap("1") });
    await variants.create("shop", {
      upstream,
      downstream: { repository: "deployments", target: "edge1", package: "shop" },
    });
    const draft = async () => (await variants.waitForReason("shop", "DraftReady")).status?.draft ?? "";
    await publishFirst(packages, await draft());
    await variants.waitForReason("shop", "Published");

    await packages.createPublished({ ...upstream, workspace: "two" }, { "a.yaml": configMap("2") });
    await variants.waitFor("shop", "follows v2", (one) => one.status?.upstreamRevision === "v2");
    const second = await draft();
    await packages.setLifecycle(second, "proposed");
    const published = await packages.waitForReason(second, "Published");
    expect(published.status).toMatchObject({ revision: "v2", publishedByRule: "initial" });
    env.ledger.recordPublication(published);
    const git = createGitReader(env.git, "deployments");
    const message = await git("tag", "--list", "--format=%(contents)", "edge1/shop/v2");
    expect(parseCommitMetadata(message)?.approvedByRule).toMatchObject({ variant: expect.stringMatching(/^shop\//) });

    // What a person has edited, a person approves.
    await packages.createPublished({ ...upstream, workspace: "three" }, { "a.yaml": configMap("3") });
    await variants.waitFor("shop", "follows v3", (one) => one.status?.upstreamRevision === "v3");
    const third = await draft();
    await packages.save(third, { "b.yaml": configMap("evil", "b") });
    await packages.setLifecycle(third, "proposed");
    await packages.waitFor(third, "is held", (one) => {
      return readyOf(one)?.message.includes("initial: it was edited") === true;
    });
    await packages.setLifecycle(third, "draft");
    await packages.waitForReason(third, "Draft");
    await publishFirst(packages, third);
  });

  it("does not take the drafts of an editor for those of a variant", async ({ packages }) => {
    const upstream = { repository: "catalog", package: "tool" };
    await packages.createPublished({ ...upstream, workspace: "one" }, { "a.yaml": configMap("1") });
    const target = { repository: "deployments", target: "edge1", package: "tool" };
    const clone = { tasks: [{ type: "clone" }], upstream: { ...upstream, revision: "v1" } };
    await publishFirst(
      packages,
      await packages.createDraft({ ...target, workspace: "one" }, undefined, { spec: clone }),
    );
    await packages.createPublished({ ...upstream, workspace: "two" }, { "a.yaml": configMap("2") });
    const annotations = { "config.pkg.pkgserver.dev/variant": "shop/uid" };
    const spec = { tasks: [{ type: "upgrade" }], upstream: { ...upstream, revision: "v2" } };
    const forged = { ...target, workspace: "two" };
    await expect(packages.create(forged, { spec, metadata: { annotations } })).rejects.toThrow(/variant/);
    const name = await packages.createDraft(forged, undefined, { spec });
    await packages.setLifecycle(name, "proposed");
    await packages.waitFor(name, "is held", (one) => {
      return readyOf(one)?.message.includes("initial: it was made by no PackageVariant that is there") === true;
    });
  });
});
