import { describe, expect } from "vitest";
import { testWithCli } from "../../testenv/cli.ts";
import { createRepositories, readTable, type Trial, tryRows } from "./tables.ts";

const it = testWithCli("kpt");

const KPTFILE = `apiVersion: kpt.dev/v1
kind: Kptfile
metadata:
  name: shop
pipeline:
  mutators:
    - image: set-namespace:v0.4
      configMap:
        namespace: shops
`;

const TRIALS: Readonly<Record<string, Trial>> = {
  "`kpt pkg get URL/PACKAGE@v1 DIR`, to look at it": {
    shows: /^pulled 3 files of base\/web\/shop@v1 into blueprint$/m,
  },
  "`kpt fn render DIR`": { shows: /^M config\.yaml$/m },
  "`kpt pkg get`, to make a package of your own": { shows: /^edge1\/web\/shop@draft-1$/m },
  "`kpt pkg init DIR`": { shows: /^edge1\/web\/cache@draft-1$/m },
  "`kpt pkg tree`": { shows: /^README\.md .*\nconfig\.yaml /m },
  "`kpt pkg cat`": { shows: /^ {2}a: one$/m },
  "an editor, `git commit`, `git push`": { shows: /^M config\.yaml$.*^saved in edge1\/web\/shop@draft-1$/ms },
  "`kpt pkg diff`": { shows: /^\+ {2}b: two$/m },
  "a pull request": { shows: /^proposed edge1\/web\/shop@draft-1, digest sha256:/m },
  "a review, `git tag`, `git push --tags`": { as: "bob", shows: /^published edge1\/web\/shop@draft-1 as v1$/m },
  "`git log`": { shows: /^v1 .*bob/m },
};

describe("docs/coming-from.md", () => {
  it("has a command for each of kpt's that does the same", async ({ cli, env }) => {
    await createRepositories({ cli, env }, { "web/shop/Kptfile": KPTFILE });
    await env.register("base");
    await env.register("apps", { deployment: true });
    await tryRows({ cli, env }, await readTable("From kpt"), TRIALS, ({ own }) => `kubectl pkg ${own}`);
    expect(await env.git.git("apps", "show", "edge1/web/shop/v1:edge1/web/shop/config.yaml")).toContain(
      "\n  a: one\n  b: two\n",
    );
  });
});
