import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { testWithCli } from "../../testenv/cli.ts";
import { createRepositories, readTable, type Trial, tryRows } from "./tables.ts";

const it = testWithCli("porchctl");

const TRIALS: Readonly<Record<string, Trial>> = {
  "`repo reg URL`": { as: "admin", shows: /^registered base$.*^1 package, 1 published revision/ms },
  "`repo reg URL --deployment`": { as: "admin", shows: /^registered apps$/m },
  "`repo get`": { shows: /^apps +True .*\nbase +True /m },
  "`repo sync NAME`": { as: "admin", shows: /^base: 1 package/m },
  "`rpkg get`": { shows: /^catalog\.base\.web\.shop\.v1 +True +Published/m },
  "`rpkg get --name NAME`": { shows: /^catalog\.base\.web\.shop\.v1 +True +Published/m },
  "`rpkg init NAME --repository REPOSITORY`": { shows: /^base\/web\/cache@draft-1$/m },
  "`rpkg clone REVISION NAME`": { shows: /^edge1\/web\/shop@first$/m },
  "`rpkg pull REVISION DIR`": { shows: /^pulled 2 files of edge1\/web\/shop@first into shop$/m },
  "`rpkg push REVISION DIR`": {
    prepare: async ({ dir }) => await writeFile(join(dir, "shop", "config.yaml"), "a: 2\n"),
    shows: /^M config\.yaml$.*pushed 1 file to edge1\/web\/shop@first, commit /ms,
  },
  "`rpkg propose REVISION`": { shows: /^proposed edge1\/web\/shop@first, digest sha256:/m },
  "`rpkg reject REVISION`": { as: "bob", shows: /^rejected: edge1\/web\/shop@first is a draft$/m },
  "`rpkg approve REVISION`": {
    as: "bob",
    before: ["propose edge1/web/shop --wait"],
    shows: /^published edge1\/web\/shop@first as v1$/m,
  },
  "`rpkg copy REVISION --workspace NAME`": { shows: /^edge1\/web\/shop@second$/m },
  "`rpkg del REVISION`": { shows: /^deleted edge1\/web\/shop@second$/m },
  "`rpkg propose-delete REVISION`": { shows: /^proposed to delete edge1\/web\/shop@v1: /m },
  "`rpkg reject REVISION`, a deletion": { shows: /^kept edge1\/web\/shop@v1$/m },
  "`rpkg approve REVISION`, a deletion": {
    as: "bob",
    before: ["rpkg propose-delete edge1/web/shop@v1"],
    shows: /^deleted edge1\/web\/shop@v1$/m,
  },
  "`repo unreg NAME`": { as: "admin", shows: /^removed apps$/m },
};

describe("docs/coming-from.md", () => {
  it("has a command for each of porchctl's that does the same", async ({ cli, env }) => {
    await createRepositories({ cli, env });
    const rows = await readTable("From porchctl");
    await tryRows({ cli, env }, rows, TRIALS, ({ own }) => `kubectl pkg ${own}`);
    const tags = await env.git.git("apps", "for-each-ref", "--format=%(refname)", "refs/tags/edge1/web/shop");
    expect(tags).toContain("refs/tags/edge1/web/shop/deleted-v1\n");
  });
});
