import { describe } from "vitest";
import { testWithCli } from "../../testenv/cli.ts";
import { pkgctlTrials } from "./pkgctl-trials.ts";
import { createRepositories, readTable, tryRows } from "./tables.ts";

const it = testWithCli("pkgctl");

describe("docs/coming-from.md", () => {
  it("has a command for each of pkgctl's that does the same", async ({ cli, env }) => {
    await createRepositories({ cli, env });
    const rows = await readTable("From pkgctl");
    await tryRows({ cli, env }, rows, pkgctlTrials("draft-1"), ({ own }) => `kubectl pkg ${own}`);
  });
});
