import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { testWithCli } from "../testenv/cli.ts";

const ID = { target: "edge1", repository: "deployments", package: "shared", workspace: "first" };
const FILES = Object.fromEntries(["a", "b", "c", "d"].map((name) => [`${name}.yaml`, `${name}: 0\n`]));
const ROUNDS = 4;

const it = testWithCli("race");

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("deployments");
  await env.register("deployments", { deployment: true });
});

describe("two users who pull, edit and push one draft at the same time", () => {
  it("both keep what they changed in different files", async ({ cli, env, packages }) => {
    const object = await packages.createDraft(ID, FILES);
    await cli("pull", object, "of-alice");
    await cli.run(["pull", object, "of-carol"], { as: "carol" });
    for (let round = 1; round <= ROUNDS; round++) {
      await writeFile(join(cli.dir, "of-alice", "a.yaml"), `a: ${round}\n`);
      await writeFile(join(cli.dir, "of-carol", "b.yaml"), `b: ${round}\n`);
      await writeFile(join(cli.dir, "of-carol", `new-${round}.yaml`), `n: ${round}\n`);
      const both = [cli.run(["push", "of-alice"]), cli.run(["push", "of-carol"], { as: "carol" })];
      expect((await Promise.all(both)).map(({ code, stderr }) => [code, stderr.includes("error")])).toEqual([
        [0, false],
        [0, false],
      ]);
      const { resources } = (await env.contents(object)).spec;
      expect(resources).toMatchObject({ "a.yaml": `a: ${round}\n`, "b.yaml": `b: ${round}\n`, "c.yaml": "c: 0\n" });
      expect(Object.keys(resources ?? {})).toHaveLength(4 + round);
    }
    await packages.waitUntilShown(object);
    const tree = await env.git.git("deployments", "ls-tree", "--name-only", "edge1/shared/first:edge1/shared");
    expect(tree.trim().split("\n")).toHaveLength(4 + ROUNDS);
  });

  it("one is told that the other changed the same file, and nothing is lost", async ({ cli, env, packages }) => {
    const object = await packages.createDraft({ ...ID, package: "contended" }, FILES);
    for (let round = 1; round <= ROUNDS; round++) {
      const users = ["alice", "carol"] as const;
      const folders = users.map((user) => `${user}-${round}`);
      for (const [index, user] of users.entries()) {
        await cli.run(["pull", object, folders[index] ?? ""], { as: user });
        await writeFile(join(cli.dir, folders[index] ?? "", "a.yaml"), `a: ${user} ${round}\n`);
      }
      const results = await Promise.all(users.map((as, index) => cli.run(["push", folders[index] ?? ""], { as })));
      expect(results.map(({ code }) => code).sort()).toEqual([0, 5]);
      const loser = results.findIndex(({ code }) => code === 5);
      const winner = users[1 - loser];
      expect((await env.contents(object)).spec.resources?.["a.yaml"]).toBe(`a: ${winner} ${round}\n`);
      expect(results[loser]?.stderr).toContain(`a.yaml (last edited by ${winner})`);
      expect(results[loser]?.stdout).toContain(`-a: ${winner} ${round}\n+a: ${users[loser]} ${round}\n`);
      const kept = await readFile(join(cli.dir, folders[loser] ?? "", "a.yaml"), "utf8");
      expect(kept).toBe(`a: ${users[loser]} ${round}\n`);
    }
  });
});
