import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { lookAt } from "../world/git-look.ts";
import { openPackages, type Packages } from "../world/packages.ts";
import { listRefs } from "../world/somebody.ts";
import { startWorld, type World } from "../world/world.ts";

const NAMES = ["a", "b", "c", "d", "e"].map((one) => `pkg-${one}`);
/** How much further the operator gets, in lines of its log, before it is killed again. */
const KILLS = [12, 21, 7, 17, 26, 14, 19];

let world: World;
let packages: Packages;

beforeAll(async () => {
  world = await startWorld("anytime");
  packages = await openPackages(world);
  await world.git.createRepository("plain");
  await world.register("plain");
});

afterAll(async () => await world?.end());

/** From nothing to a tag and, for every other one, on to its deletion; each step waits for the one before to be done. */
async function travel(name: string): Promise<void> {
  const draft = await packages.draft({ repository: "plain", package: name, workspace: "ws1" });
  await packages.save(draft, { "a.yaml": "a: 1\n" });
  await packages.save(draft, { "a.yaml": "a: 2\n", "b.yaml": "b: 1\n" });
  await packages.propose(draft);
  await packages.wish(draft, "draft");
  await packages.waitForReason(draft, "Draft");
  await packages.save(draft, { "b.yaml": null });
  await packages.publish(draft);
  if (isDeleted(name)) {
    await packages.wish(draft, "deletionProposed");
    await packages.waitForReason(draft, "DeletionProposed");
    await packages.delete(draft, "bob");
    await packages.gone(draft);
  }
}

function isDeleted(name: string): boolean {
  return NAMES.indexOf(name) % 2 === 1;
}

/** Kills the operator again and again, wherever it is; returns how often it came to that. */
async function killAgainAndAgain(isOver: () => boolean): Promise<number> {
  const countLines = async () => (await readFile(world.operator.logFile, "utf8")).split("\n").length;
  for (const [kills, lines] of KILLS.entries()) {
    const from = await countLines();
    await waitUntil("the operator gets on", async () => isOver() || (await countLines()) >= from + lines, {
      intervalMs: 5,
    });
    if (isOver()) return kills;
    await world.operator.kill();
    // As if the time of its Lease were over.
    await world.as("admin")("delete", "lease", "pkgserver");
    await world.restartOperator("kill");
  }
  return KILLS.length;
}

const words = async (ref: string) => {
  const subjects = await lookAt(world.git, "plain")("log", "--reverse", "--format=%s", ref);
  return subjects.split("\n").slice(1);
};

describe("crash at any time", () => {
  let kills: number;

  beforeAll(async () => {
    let over = false;
    const journeys = Promise.all(NAMES.map(travel)).finally(() => {
      over = true;
    });
    [kills] = await Promise.all([killAgainAndAgain(() => over), journeys]);
  });

  it("has killed the operator in the midst of it", () => {
    expect(kills).toBeGreaterThan(3);
  });

  it.each(NAMES)("%s has every step in Git exactly once", async (name) => {
    const tag = isDeleted(name) ? `${name}/deleted-v1` : `${name}/v1`;
    expect((await words(`refs/tags/${tag}`)).map((subject) => subject.split(" ")[0])).toEqual([
      "Start",
      "Edit",
      "Edit",
      "Propose",
      "Return",
      "Edit",
      "Propose",
    ]);
    const onMain = (await words("refs/heads/main")).filter((subject) => subject.split(" ")[1] === name);
    expect(onMain).toEqual([`Publish ${name} v1`, ...(isDeleted(name) ? [`Delete ${name} v1`] : [])]);
    const files = await lookAt(world.git, "plain").files(`refs/tags/${tag}`, name);
    expect(files).toEqual({ "a.yaml": "a: 2\n" });
  });

  it("leaves no ref but those, and nothing to be done", async () => {
    const git = lookAt(world.git, "plain");
    const tags = NAMES.map((name) => `tags/${name}/${isDeleted(name) ? "deleted-v1" : "v1"}`);
    expect([...(await git.refs())].sort()).toEqual(tags.sort());
    await world.sync("plain");
    const [refs, versions] = [await listRefs(world.git, "plain"), (await world.revisions()).map(versionOf)];
    await world.restartOperator("stop");
    await world.sync("plain");
    expect(await listRefs(world.git, "plain")).toBe(refs);
    expect((await world.revisions()).map(versionOf)).toEqual(versions);
  });
});

function versionOf({ metadata }: { readonly metadata: { readonly name: string; readonly resourceVersion?: string } }) {
  return `${metadata.name} ${metadata.resourceVersion}`;
}
