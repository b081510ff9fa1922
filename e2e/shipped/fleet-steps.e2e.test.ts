import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { countPushes } from "../testenv/git-reader.ts";
import { testWithShell } from "./documented-shell.ts";
import { root, shellBlocks } from "./markdown.ts";

const it = testWithShell("fleet-steps");
const path = "docs/fleet.md";
const blocks = shellBlocks({ path, text: await readFile(join(root, path), "utf8") });
const LIMIT_MS = 10 * 60_000;

describe(path, () => {
  it("has steps that lead from a blueprint to 20 published packages, and to their upgrades", {
    timeout: LIMIT_MS,
  }, async ({ env, shell }) => {
    const [drafts = "", publication = "", blueprint = "", upgrade = "", ...others] = blocks.map(({ script }) => script);
    expect(others).toEqual([]);
    for (const [name, deployment] of [
      ["catalog", false],
      ["deployments", true],
    ] as const) {
      await env.register(name, { deployment }, { url: env.git.url(`platform/${name}`) });
    }
    const at = async (script: string) =>
      await shell.runAtTerminal(`export PATH="$PWD/dist/cli:$PATH"; set -euo pipefail\n${script}`);

    const made = await at(drafts);
    expect(made).toContain("africa-site1");
    expect(made.match(/DraftReady/g)).toHaveLength(20);

    const before = countPushes(env.git, "platform/deployments");
    const published = await at(publication);
    expect(published).toContain("--- 20 of 20 ---");
    expect(published).toContain("Approve all 20 members of release stores? [y/N]");
    expect(published).toContain("published release stores: 20 package revisions");
    const tags = async (revision: string) =>
      (await env.git.git("platform/deployments", "for-each-ref", "--format=%(refname)", "refs/tags"))
        .split("\n")
        .filter((ref) => ref.endsWith(`/${revision}`));
    expect(await tags("v1")).toHaveLength(20);
    // Their proposals share pushes; what is approved is one.
    expect(countPushes(env.git, "platform/deployments") - before).toBeLessThanOrEqual(21);

    await at(blueprint);
    const upgraded = await at(upgrade);
    expect(upgraded).toContain("published release stores: 20 package revisions");
    expect(await tags("v2")).toHaveLength(20);
    const config = await env.git.git("platform/deployments", "show", "main:asia-site3/web/storefront/config.yaml");
    expect(config).toContain("theme: bright");
  });
});
