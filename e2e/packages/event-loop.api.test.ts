import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startProfile } from "../bench/profile.ts";
import { type LoopWatch, watchLoop } from "../world/loop-watch.ts";
import { openPackages, type Packages } from "../world/packages.ts";
import { pushAsSomebody } from "../world/somebody.ts";
import { startWorld, type World } from "../world/world.ts";

const KIB = 1024;
let world: World;
let packages: Packages;
let watch: LoopWatch;

beforeAll(async () => {
  world = await startWorld("loop");
  packages = await openPackages(world);
  await world.git.createRepository("blue");
  await world.register("blue");
  watch = await watchLoop(world.operator);
  await draft("warm-up");
});
afterAll(async () => {
  watch?.close();
  await world?.end();
});

const draft = async (name: string) =>
  await packages.draft({ repository: "blue", package: name, workspace: "one" }, { "a.yaml": "a: 1\n" });

const manyFiles = (count: number, bytes: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`d${at % 20}/f${at}.yaml`, `a: ${at}\nb: ${"x".repeat(bytes)}\n`]));

/** One file each, as large as an object can hold. */
const FILES = {
  "a megabyte of YAML": "- a: b\n  c: [1, 2]\n".repeat(48_000),
  "a megabyte on one line": `a: "${"x ".repeat(460 * KIB)}"\n`,
  "a megabyte of text": "some text, no YAML\n".repeat(48_000),
  "what JSON escapes": `a: "${"<>&".repeat(50 * KIB)}"\n`,
  "deep nesting": "[".repeat(900 * KIB),
  "aliases": Array.from({ length: 30_000 }, (_, at) => at === 0 ? "a0: &a0 [x]\n" : `a${at}: &a${at} [*a${at - 1}, *a${at - 1}]\n`).join(""),
  "commas": `[${",".repeat(900 * KIB)}`,
} as const;

const LIMIT = 200;
const results: Record<string, number> = {};
async function measure(name: string, work: () => Promise<void>) {
  await watch.longestMs();
  const stop = process.env.PROFILE === undefined ? undefined : await startProfile(world.operator, process.env.PROFILE, name.replaceAll(" ", "-"));
  await work();
  await stop?.();
  results[name] = Math.round(await watch.longestMs());
  console.log(name, results[name]);
}

describe("the event loop is free", () => {
  it.each(Object.entries(FILES))("%s", async (what, text) => {
    const name = await draft(`f${Object.keys(FILES).indexOf(what)}`);
    await measure(what, async () => {
      await packages.save(name, { "b.yaml": text });
      await packages.propose(name);
      await packages.publish(name);
    });
  });
  it("5 MiB over pages", async () => {
    const files = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`big/f${at}.yaml`, "- a: b\n".repeat(75_000)]));
    await pushAsSomebody(world.git, "blue", { files, tags: ["big/v1"] });
    await measure("5 MiB read", async () => { await world.sync("blue"); await packages.waitForReason("catalog.blue.big.v1", "Published"); });
    let name = "";
    await measure("5 MiB draft", async () => { name = await packages.draft({ repository: "blue", package: "big", workspace: "two" }); });
    await measure("5 MiB edit", async () => { await packages.save(name, { "x.yaml": "a: 1\n" }); });
    await measure("5 MiB publish", async () => { await packages.publish(name); });
  });
  it("2000 files", async () => {
    const files = Object.fromEntries(Object.entries(manyFiles(2000, 1000)).map(([p, t]) => [`many/${p}`, t]));
    await pushAsSomebody(world.git, "blue", { files, tags: ["many/v1"] });
    await measure("2000 read", async () => { await world.sync("blue"); await packages.waitForReason("catalog.blue.many.v1", "Published"); });
    let name = "";
    await measure("2000 draft", async () => { name = await packages.draft({ repository: "blue", package: "many", workspace: "two" }); });
    await measure("2000 edit", async () => { await packages.save(name, { "x.yaml": "a: 1\n" }); });
    await measure("2000 publish", async () => { await packages.publish(name); });
  });
  it("20 packages at once", async () => {
    await measure("20 at once", async () => {
      await Promise.all(Array.from({ length: 20 }, async (_, at) => {
        const name = await draft(`p${at}`);
        await packages.save(name, manyFiles(6, 2000));
        await packages.publish(name);
      }));
    });
  });
  it("says", () => { console.log(JSON.stringify(results, null, 1)); expect(LIMIT).toBe(200); });
});
