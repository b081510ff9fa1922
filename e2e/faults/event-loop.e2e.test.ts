import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pushExternally } from "../testenv/external-push.ts";
import { type EventLoopMonitor, monitorEventLoop } from "../testenv/loop-watch.ts";
import { createPackages, type Files, type Packages } from "../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../testenv/testenv.ts";

/** What the operator may compute before others have their turn, in milliseconds. */
const LIMIT = 200;
/** The machine may be busy, and the code is not warm at first: what holds the loop up does so every time. */
const TRIES = 3;
let env: TestEnv;
let packages: Packages;
let watch: EventLoopMonitor;

beforeAll(async () => {
  env = await startTestEnv("loop");
  packages = await createPackages(env);
  await env.git.createRepository("blue");
  await env.register("blue");
  watch = await monitorEventLoop(env.operator);
});

afterAll(async () => {
  watch?.close();
  await env?.end();
});

/** Does the work, with a name of its own each time, until the loop was free all the while. */
async function staysFree(work: (name: string) => Promise<void>): Promise<void> {
  const longest: number[] = [];
  while (longest.length < TRIES && !longest.some((one) => one <= LIMIT)) {
    await watch.longestMs();
    await work(`t${longest.length}`);
    longest.push(await watch.longestMs());
  }
  expect(Math.min(...longest), `of ${longest.map(Math.round).join(", ")} ms`).toBeLessThanOrEqual(LIMIT);
}

const begin = async (name: string, workspace = "one") =>
  await packages.createDraft({ repository: "blue", package: name, workspace });

/** From an edit to a tag. */
async function publishEdited(name: string, files: Files): Promise<void> {
  await packages.save(name, files);
  await packages.publish(name);
}

/** A package that others tagged, its draft, an edit of it, its publication. */
async function publishAnother(name: string, files: Files): Promise<void> {
  const pushed = Object.fromEntries(Object.entries(files).map(([path, text]) => [`${name}/${path}`, text]));
  await pushExternally(env.git, "blue", { files: pushed, tags: [`${name}/v1`] });
  await env.sync("blue");
  await packages.waitForReason(`catalog.blue.${name}.v1`, "Published");
  await publishEdited(await begin(name), { "another.yaml": "a: 1\n" });
}

/** Nearly a megabyte each, which is as much as an object holds. */
const LARGE = {
  yaml: "- a: b\n  c: [1, 2]\n".repeat(48_000),
  line: `a: "${"x ".repeat(450_000)}"\n`,
  escaped: `a: "${"<>&".repeat(48_000)}"\n`,
  brackets: "[".repeat(900_000),
  commas: `[${",".repeat(900_000)}`,
  aliases: `a: &a [x]\n${"b: [*a, *a]\n".repeat(60_000)}`,
} as const;

// Several times five megabytes take their time on a busy machine; only what hangs is to end.
describe("the event loop is free, whatever comes in:", { timeout: 600_000 }, () => {
  it.each(Object.entries(LARGE))("a large file: %s", async (what, text) => {
    await staysFree(async (name) => await publishEdited(await begin(`${what}-${name}`), { "large.yaml": text }));
  });

  it("5 MiB over pages", async () => {
    const files = Array.from({ length: 10 }, (_, at) => [`f${at}.yaml`, `# ${at}\n${"- a: b\n".repeat(75_000)}`]);
    await staysFree(async (name) => await publishAnother(`big-${name}`, Object.fromEntries(files)));
  });

  it("2,000 small files", async () => {
    const files = Array.from({ length: 2000 }, (_, at) => [
      `d${at % 20}/${at}.yaml`,
      `a: ${at}\nb: ${"x".repeat(999)}\n`,
    ]);
    await staysFree(async (name) => await publishAnother(`many-${name}`, Object.fromEntries(files)));
  });

  it("20 packages at once", async () => {
    const files = Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`${at}.yaml`, "- a: b\n".repeat(300)]));
    await staysFree(async (name) => {
      const one = async (at: number) => await publishEdited(await begin(`p${at}-${name}`), files);
      await Promise.all(Array.from({ length: 20 }, (_, at) => one(at)));
    });
  });
});
