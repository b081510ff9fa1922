import { describe, expect } from "vitest";
import { normalize, testWithCli } from "../testenv/cli.ts";

const id = { target: "edge1", repository: "deployments", realm: "web", package: "storefront" };
const blueprint = { repository: "catalog", realm: "web", package: "storefront" };

/** A blueprint with two revisions, of which two packages were cloned, and a draft after a published one. */
const it = testWithCli("show").extend("names", { scope: "file" }, async ({ env, packages }) => {
  await env.git.createRepository("catalog");
  await env.register("catalog");
  await env.git.createRepository("deployments");
  await env.register("deployments", { deployment: true });
  await packages.createPublished({ ...blueprint, workspace: "one" }, { "a.yaml": "a: 1\n" });
  await packages.createPublished({ ...blueprint, workspace: "two" }, { "a.yaml": "a: 2\n", "b.yaml": "b: 1\n" });
  const clone = { spec: { tasks: [{ type: "clone" }], upstream: { ...blueprint, revision: "v1" } } };
  for (const target of ["edge1", "edge2"]) {
    await packages.waitForReason(await packages.create({ ...id, target, workspace: "first" }, clone), "Draft");
  }
  return {};
});

describe("kubectl pkg show", () => {
  it("says what a proposal changes, who may approve it, what was before it, and who uses the package", async ({
    cli,
    names: _,
  }) => {
    await cli("draft", "catalog/web/storefront", "--workspace", "three");
    const three = "catalog/web/storefront@three";
    await cli("wait", three, "--for", "draft");
    await cli("set", three, "--label", "tier=front");
    await cli("propose", three, "--wait");
    const shown = normalize(await cli("show", three));
    expect(shown).toContain("Waits for:   an approval, by a user who may approve\n");
    expect(shown).toContain("Changed by:  alice\n");
    expect(shown).toContain("\nChanges since v2:\n  none in its files\n");
    const history = shown.slice(shown.indexOf("\nHistory:"), shown.indexOf("\nDownstreams:")).split("\n");
    expect(history.slice(2, 6).map((line) => line.trim().split(/ +/).slice(0, 2).join(" "))).toEqual([
      "VERSION LIFECYCLE",
      "three proposed",
      "v2 published",
      "v1 published",
    ]);
    expect(shown.slice(shown.indexOf("\nDownstreams:"))).toBe(
      "\nDownstreams:\n  edge1/web/storefront@first  draft, from v1\n  edge2/web/storefront@first  draft, from v1\n",
    );
    const v2 = normalize(await cli("show", "catalog/web/storefront@v2"));
    expect(v2).toContain("\nChanges since v1:\n  a.yaml | +1 -1\n  b.yaml | +1 -0\n  2 files changed, +2 -1 lines\n");
    const first = normalize(await cli("show", "edge1/web/storefront"));
    expect(first).toContain("\nUpstream:    catalog/web/storefront@v1 (commit ");
    expect(first).not.toMatch(/Changes since|Downstreams/);
  });
});
