import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { testWithShell } from "./documented-shell.ts";
import { root, shellBlocks } from "./markdown.ts";

const it = testWithShell("kubectl");
const path = "docs/kubectl.md";
const blocks = shellBlocks({ path, text: await readFile(join(root, path), "utf8") });

describe(path, () => {
  it("has steps with kubectl alone that lead from two repositories to a tag and its deletion", async ({
    env,
    shell,
  }) => {
    expect(blocks).toHaveLength(1);
    // The steps create it themselves.
    await env.as("admin")("delete", "secret", "git-auth");
    const output = await shell.run(blocks[0]?.script ?? "exit 1");
    expect(output).toContain('"digest":"sha256:');
    expect(output).toMatch(/edge1\.deployments\.web\.storefront\.first +True +Published +published +v1 +true/);
    const refs = await env.git.git("platform/deployments", "for-each-ref", "--format=%(refname)");
    expect(refs.trim().split("\n")).toEqual([
      "refs/heads/main",
      expect.stringMatching(/^refs\/tags\/edge1\/web\/storefront\/deleted-second-[0-9a-f]{12}$/),
      "refs/tags/edge1/web/storefront/deleted-v1",
    ]);
  });
});
