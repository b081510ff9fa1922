import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { testWithShell } from "./documented-shell.ts";
import { callsMakeOnly, root, shellBlocks } from "./markdown.ts";

const it = testWithShell("readme");
const text = await readFile(join(root, "README.md"), "utf8");
const blocks = shellBlocks({ path: "README.md", text }).filter((block) => !callsMakeOnly(block));

describe("README", () => {
  it("has one block of steps, and no other command that is not run here", () => {
    expect(blocks).toHaveLength(1);
  });

  it("has steps with kubectl pkg that lead from two repositories to a tag and its deletion", async ({ env, shell }) => {
    const output = await shell.runAtTerminal(blocks[0]?.script ?? "exit 1");
    expect(output).toContain("\n-  replicas: 2 # set for each target\n+  replicas: 3 # set for each target\n");
    expect(output).toContain("Approve edge1/web/storefront@first? [y/N]");
    expect(output).toMatch(/edge1\.deployments\.web\.storefront\.first +True +Published +published +v1 +true/);
    const refs = await env.git.git("platform/deployments", "for-each-ref", "--format=%(refname)");
    expect(refs.trim().split("\n")).toEqual([
      "refs/heads/main",
      expect.stringMatching(/^refs\/tags\/edge1\/web\/storefront\/deleted-second-[0-9a-f]{12}$/),
      "refs/tags/edge1/web/storefront/deleted-v1",
    ]);
  });
});
