import { describe, expect } from "vitest";
import { testWithEnv } from "../testenv/fixtures.ts";

const it = testWithEnv("changes");

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("deployments");
  await env.register("deployments", { deployment: true });
});

const role = (verbs: string) =>
  "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: shop\n" +
  `rules:\n  - apiGroups: [""]\n    resources: [secrets]\n    verbs: ${verbs}\n`;
const configMap = (name: string, value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: web\ndata:\n  a: ${value}\n`;
const SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: c\n  namespace: web\nspec:\n  ports: [{port: 80}]\n";
const KPTFILE =
  "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: shop\npipeline:\n  mutators:\n" +
  "    - image: gcr.io/kpt-fn/set-labels:v0.2.0\n      configMap:\n        tier: web\n";

describe("what a package revision changes", () => {
  it("is a line of the package revision, and data of the contents object of a proposal", async ({ env, packages }) => {
    const id = { target: "edge1", repository: "deployments", package: "shop" };
    const before = { "role.yaml": role("[get]"), "a.yaml": configMap("a", "one"), "b.yaml": configMap("b", "one") };
    const first = await packages.createDraft({ ...id, workspace: "one" }, before);
    const one = await packages.waitFor(first, "is compared", ({ status }) => status?.changes !== undefined);
    expect(one.status?.changes).toBe("+3 ~0 -0 resources; 1 risk");
    await packages.propose(first);
    const { changes: ofFirst } = (await packages.contents(first)).status ?? {};
    expect(ofFirst).toMatchObject({ summary: "+3 ~0 -0 resources; 1 risk", resourceCount: 3, riskCount: 1 });
    expect(ofFirst).not.toHaveProperty("diff");
    const published = await packages.publish(first);
    expect(published.status).not.toHaveProperty("changes");

    const second = await packages.createDraft({ ...id, workspace: "two" });
    await packages.waitFor(second, "is compared", ({ status }) => status?.changes === "no changes");
    const after = { "role.yaml": role("[get, list]"), "b.yaml": null, "c.yaml": SERVICE };
    await packages.save(second, after);
    const summary = "+1 ~1 -1 resources; 1 risk";
    await packages.waitFor(second, "is compared", ({ status }) => status?.changes === summary);
    expect(await env.as("dave")("get", "pkgrev", second, "--output=wide")).toContain(` ${summary}`);
    await packages.propose(second);
    expect((await packages.contents(second)).status?.changes).toMatchObject({
      summary,
      risks: [{ mark: "ClusterWideRights", resource: { kind: "ClusterRole", name: "shop" }, field: "rules[0]" }],
      resources: [
        { kind: "removed", file: "b.yaml" },
        { kind: "added", file: "c.yaml" },
        { kind: "changed", fields: [{ field: "rules[0].verbs", before: '["get"]', after: '["get","list"]' }] },
      ],
      fileCount: 3,
      undiffedCount: 0,
      diff: expect.stringContaining("\n-    verbs: [get]\n+    verbs: [get, list]"),
    });
    expect((await packages.get(second)).status?.changes).toBe(summary);
  });

  it("has what a render has made of the files", async ({ packages }) => {
    const id = { target: "edge2", repository: "deployments", package: "rendered" };
    const files = { "a.yaml": configMap("a", "one") };
    await packages.createPublished({ ...id, workspace: "one" }, files);
    const draft = await packages.createDraft({ ...id, workspace: "two" }, { ...files, Kptfile: KPTFILE });
    const summary = "+1 ~1 -0 resources";
    await packages.waitFor(draft, "is compared", ({ status }) => status?.changes === summary);
    await packages.propose(draft);
    const { changes } = (await packages.contents(draft)).status ?? {};
    expect(changes?.resources).toMatchObject([
      { kind: "added", resource: { kind: "Kptfile" } },
      { kind: "changed", fields: [{ field: "metadata.labels", after: '{"tier":"web"}' }] },
    ]);
  });

  it("is never that of earlier contents", async ({ packages }) => {
    const id = { target: "edge3", repository: "deployments", package: "again" };
    await packages.createPublished({ ...id, workspace: "one" }, { "a.yaml": configMap("a", "one") });
    const draft = await packages.createDraft({ ...id, workspace: "two" }, { "a.yaml": configMap("a", "two") });
    await packages.propose(draft);
    expect((await packages.contents(draft)).status?.changes?.summary).toBe("+0 ~1 -0 resources");
    await packages.setLifecycle(draft, "draft");
    await packages.waitForReason(draft, "Draft");
    await packages.save(draft, { "b.yaml": configMap("b", "two") });
    const summary = "+1 ~1 -0 resources";
    // Of a draft it is there if it was known before the commit was.
    expect((await packages.contents(draft)).status?.changes?.summary ?? summary).toBe(summary);
    await packages.propose(draft);
    expect((await packages.contents(draft)).status?.changes?.summary).toBe(summary);
  });
});
