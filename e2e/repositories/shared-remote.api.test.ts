import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GitLook, lookAt } from "../world/git-look.ts";
import { openPackages, type Packages } from "../world/packages.ts";
import { startWorld, type World } from "../world/world.ts";

const ROUNDS = 4;
let worlds: readonly World[];
let packages: readonly Packages[];
let git: GitLook;

/** Two teams, each with an operator and a namespace of its own; both have Repositories of one address. */
beforeAll(async () => {
  const first = await startWorld("shared");
  await first.git.createRepository("one");
  git = lookAt(first.git, "one");
  const second = await startWorld("shared");
  worlds = [first, second];
  packages = await Promise.all(worlds.map(openPackages));
  const shared = { url: first.git.url("one") };
  await second.as("admin").applyYaml(
    JSON.stringify({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "shared-auth" },
      type: "kubernetes.io/basic-auth",
      stringData: { username: "pkgserver", password: first.password },
    }),
  );
  await first.register("left", {}, { ...shared, directory: "left" });
  await first.register("right", { deployment: true }, { ...shared, directory: "right" });
  await second.register("all", {}, { ...shared, credentials: "shared-auth" });
});

afterAll(async () => {
  for (const [at, world] of worlds.entries()) {
    expect(await packages[at]?.terminating()).toEqual([]);
    await world.end();
  }
});

describe("several Repositories of one address", () => {
  it("publish beside each other, also at the same time and from two clusters' point of view: nothing is lost", async () => {
    const [ours, theirs] = packages;
    if (ours === undefined || theirs === undefined) throw new Error("two worlds are needed");
    const numbers = Array.from({ length: ROUNDS }, (_, at) => at + 1);
    const work = numbers.flatMap((number) => [
      ours.published(
        { repository: "left", package: `p${number}`, workspace: "one" },
        { "a.yaml": `left: ${number}\n` },
      ),
      ours.published(
        { repository: "right", target: "edge1", package: `p${number}`, workspace: "one" },
        { "a.yaml": `right: ${number}\n` },
      ),
      theirs.published(
        { repository: "all", realm: "third", package: `p${number}`, workspace: "one" },
        { "a.yaml": `third: ${number}\n` },
      ),
    ]);
    const revisions = await Promise.all(work);
    expect(new Set(revisions.map(({ status }) => status?.revision))).toEqual(new Set(["v1"]));
    const expected = numbers.flatMap((number) => [
      [`left/p${number}/a.yaml`, `left: ${number}\n`],
      [`right/edge1/p${number}/a.yaml`, `right: ${number}\n`],
      [`third/p${number}/a.yaml`, `third: ${number}\n`],
    ]);
    expect(await git.files("main")).toEqual(Object.fromEntries(expected));
    const tags = (await git("tag", "--list")).split("\n");
    expect(tags.toSorted()).toEqual(expected.map(([path]) => path?.replace("a.yaml", "v1")).toSorted());
    // One commit for each publication, on one line, and no branch left.
    expect(await git.count("main")).toBe(1 + 3 * ROUNDS);
    expect(await git("rev-list", "--min-parents=2", "--count", "main")).toBe("0");
    expect(await git.refs()).toEqual(tags.map((tag) => `tags/${tag}`).toSorted());
  });

  it("see each other's publications where their folders hold them, and only there", async () => {
    const [first, second] = worlds;
    await second?.sync("all");
    const names = async (world: World | undefined) =>
      ((await world?.revisions()) ?? []).map(({ metadata }) => metadata.name).sort();
    const numbers = Array.from({ length: ROUNDS }, (_, at) => at + 1);
    expect(await names(first)).toEqual(
      numbers.flatMap((number) => [`catalog.left.p${number}.one`, `edge1.right.p${number}.one`]).sort(),
    );
    expect(await names(second)).toEqual(
      numbers
        .flatMap((number) => [
          `catalog.all.left.p${number}.one`,
          `catalog.all.right.edge1.p${number}.one`,
          `catalog.all.third.p${number}.one`,
        ])
        .sort(),
    );
  });
});
