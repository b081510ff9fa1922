import { describe, expect } from "vitest";
import { testWithEnv } from "../testenv/fixtures.ts";

const it = testWithEnv("output").extend("names", { scope: "file" }, async ({ env, packages }) => {
  await env.git.createRepository("deployments");
  await env.register("deployments", { deployment: true });
  const id = { target: "edge1", repository: "deployments", realm: "web", package: "storefront" };
  const first = { ...id, workspace: "first" };
  const files = { "README.md": "one\n" };
  const published = await packages.createPublished(first, files);
  const draft = await packages.createDraft({ ...id, workspace: "second" }, { "README.md": "two\n" });
  const refused = await packages.create({ ...id, target: "catalog", workspace: "third" });
  await env.waitForReason(refused, "TargetRequired");
  return { published: published.metadata.name, draft, refused };
});

/** As many characters as a wide terminal shows in a line. */
const WIDTH = 200;

describe("kubectl", () => {
  it.for(["pkgrev", "pkgrepo"])("shows %s with --output=wide in lines of a terminal", async (kind, { env, names }) => {
    const lines = (await env.as("dave")("get", kind, "--output=wide")).split("\n");
    expect(lines.length).toBeGreaterThan(kind === "pkgrev" ? Object.keys(names).length : 1);
    expect(lines.filter((line) => line.trimEnd().length > WIDTH)).toEqual([]);
  });

  it("shows what a package revision is, whether it is fine, and since when", async ({ env, names }) => {
    const output = await env.as("dave")("get", "pkgrev", "--output=wide");
    const row = (name: string) => output.split("\n").find((line) => line.startsWith(`${name} `)) ?? "";
    expect(output).toMatch(/^NAME +READY +STATUS +LIFECYCLE +REVISION +LATEST +REPOSITORY +AGE +SINCE +FILES /);
    expect(row(names.published)).toMatch(/ True +Published +published +v1 +true +deployments +\d+s +\d+s +FilesValid /);
    expect(row(names.draft)).toMatch(/ True +Draft +draft +deployments +\d+s +\d+s +FilesValid /);
    expect(row(names.refused)).toMatch(/ False +TargetRequired +deployments +\d+s +\d+s /);
  });

  it.for(["pkgrepo.spec.git", "pkgrepo.spec.sync", "pkgrev.status.base", "pkgrev.status.proposal"])(
    "explains %s",
    async (field, { env, names }) => {
      expect(names.draft).toBeDefined();
      const output = await env.as("dave")("explain", field);
      expect(output).toMatch(/DESCRIPTION:\n {4}\S/);
      expect(output).not.toContain("<empty>");
    },
  );
});
