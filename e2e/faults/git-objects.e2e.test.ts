import { readFileSync } from "node:fs";
import { describe, expect } from "vitest";
import { runGit } from "../harness/git-command.ts";
import { isRunning } from "../harness/processes.ts";
import { waitUntil } from "../harness/wait.ts";
import { testWithEnv } from "../testenv/fixtures.ts";

import { createRawObjects } from "../testenv/raw-objects.ts";
import { readyReason, type TestEnv } from "../testenv/testenv.ts";

let pid: number;

const long = (letter: string, count: number) => Array.from({ length: count }, () => letter.repeat(200)).join("/");
const nowhere = long("n", 4);
const deepRealm = long("d", 3);
const FAR = 9_999_999_999_999;
const ZERO = "0".repeat(40);
const stamped = (path: string) =>
  `Package-Path: ${path}\nPackage-Workspace: work\nPackage-Lifecycle: draft\nPackage-Metadata: {}\n`;

const it = testWithEnv("objects");

it.beforeAll(async ({ env }) => {
  pid = env.operator.ref.pid;
  await env.git.createRepository("wild", { seed: { "honest/a.yaml": "a: 1\n" } });
  await env.git.git("wild", "tag", "honest/v1", "main");
  const raw = createRawObjects(env.git, "wild");
  const main = (await env.git.git("wild", "rev-parse", "main")).trim();
  const blob = await raw.object("blob", "a: 1\n");
  const file = ["100644", "a.yaml", blob] as const;
  const folder = async (path: string) => await raw.folders(path, file);
  const tagged = async (path: string, more = {}) => await raw.tag(await raw.commit(await folder(path)), more);
  let deepTag = await raw.commit(await folder("tags"));
  for (let depth = 0; depth < 1000; depth++) deepTag = await raw.tag(deepTag, { type: depth === 0 ? "commit" : "tag" });
  const text = "many words\n\n".repeat(500_000);
  const zeros = await runGit(env.git.path("wild"), ["hash-object", "-w", "--stdin"], {
    input: Buffer.alloc(1 << 28),
  });
  const options = await raw.tree(
    ["40000", "--upload-pack=x", await raw.tree(file)],
    ["40000", "-x", await raw.tree(file)],
  );
  await raw.refs({
    "refs/tags/far/v1": await tagged("far", { time: FAR }),
    "refs/tags/far/v2": await raw.commit(await folder("far"), { time: FAR }),
    "refs/tags/tags/v1": deepTag,
    "refs/tags/wordy/v1": await tagged("wordy", { message: text }),
    "refs/heads/wordy/work": await raw.commit(await folder("wordy"), {
      message: `${text}${stamped("wordy")}`,
      parent: main,
    }),
    [`refs/tags/${deepRealm}/pkg/v1`]: await tagged(`${deepRealm}/pkg`),
    [`refs/tags/${nowhere}/v1`]: main,
    [`refs/tags/${"w".repeat(300)}/v1`]: main,
    "refs/heads/main/below": main,
    "refs/tags/honest/v1/v2": main,
    "refs/tags/honest/v99999999999999999999999999": main,
    "refs/tags/honest/deleted-v7": main,
    "refs/tags/honest/deleted-x": main,
    "refs/tags/honest/v01": main,
    "refs/tags/blob/v1": blob,
    "refs/heads/blob/work": blob,
    "refs/heads/tag/work": await tagged("work"),
    "refs/heads/-x/work": await raw.commit(options),
    "refs/tags/-x/v1": await raw.commit(options),
    "refs/tags/--upload-pack=x/v1": await raw.commit(options),
    "refs/tags/\u202eright-to-left/v1": await tagged("\u202eright-to-left"),
    "refs/heads/dotgit/work": await raw.commit(await raw.folders("dotgit", ["100644", ".git", blob])),
    "refs/heads/dotdot/work": await raw.commit(await raw.folders("dotdot", ["100644", "..", blob])),
    "refs/heads/slash/work": await raw.commit(await raw.folders("slash", ["100644", "../../x", blob])),
    "refs/heads/twice/work": await raw.commit(await raw.folders("twice", file, file)),
    "refs/heads/null/work": await raw.commit(await raw.folders("null", ["100644", "x", ZERO])),
    "refs/tags/zeros/v1": await raw.commit(await raw.folders("zeros", file, ["100644", "zeros", zeros.trim()])),
  });
  await env.applyRepository("wild");
}, 240_000);

const revision = async (env: TestEnv, name: string, number: string) => {
  const all = await env.revisions();
  return all.find(({ spec: { packageRevID: id } }) => id.package === name && id.revision === number);
};
const published = async (env: TestEnv, name: string, number = "v1") =>
  await waitUntil(`${name} ${number} is published`, async () => await revision(env, name, number), {
    until: (one) => one !== undefined && readyReason(one) === "Published",
  });

/** Objects and refs that no regular client pushes: each is reported, and does not block the others. */
describe("a repository with hostile objects", () => {
  it("is read", async ({ env }) => {
    await env.waitForRepository("wild", "Synced");
    await published(env, "honest");
  });

  it("has a reason for every skipped ref", async ({ env }) => {
    const { status } = await env.repository("wild");
    const reasons = Object.fromEntries((status?.skipped ?? []).map(({ ref, reason }) => [ref, reason]));
    expect(reasons).toEqual({
      "refs/heads/-x/work": "NotADraft",
      "refs/heads/blob/work": "BadObjects",
      "refs/heads/dotdot/work": "BadObjects",
      "refs/heads/dotgit/work": "BadObjects",
      "refs/heads/main/below": "UnusableName",
      "refs/heads/null/work": "BadObjects",
      "refs/heads/slash/work": "BadObjects",
      "refs/heads/tag/work": "BadObjects",
      "refs/heads/twice/work": "BadObjects",
      "refs/tags/blob/v1": "NotACommit",
      "refs/tags/honest/deleted-x": "NotARevision",
      "refs/tags/honest/v01": "NotARevision",
      "refs/tags/honest/v1/v2": "UnusableName",
      "refs/tags/honest/v99999999999999999999999999": "NotARevision",
      [`refs/tags/${nowhere}/v1`]: "FolderMissing",
      [`refs/tags/${"w".repeat(300)}/v1`]: "UnusableName",
    });
    expect(status?.skipped?.find((one) => one.ref.endsWith("dotgit/work"))?.message).toContain("hasDotgit");
  });

  it.for(["tags", "wordy", "pkg", "-x", "--upload-pack=x", "\u202eright-to-left"])(
    "shows the revision %j",
    async (name, { env, packages }) => {
      const object = await published(env, name);
      expect((await packages.contents(object.metadata.name)).spec.resources).toEqual({ "a.yaml": "a: 1\n" });
    },
  );

  it("has no publishTimestamp for a tag of the year 318857", async ({ env }) => {
    for (const number of ["v1", "v2"])
      expect((await published(env, "far", number)).status?.publishTimestamp).toBeUndefined();
  });

  it("shows a draft whose commit message has megabytes, without its trailers", async ({ packages }) => {
    await packages.waitForReason("catalog.wild.wordy.work", "Draft");
  });

  it("numbers the next revision after the greatest number of usual size", async ({ packages }) => {
    const id = { repository: "wild", package: "honest", workspace: "mine" };
    const mine = await packages.publish(await packages.createDraft(id, { "a.yaml": "a: 2\n" }));
    expect(mine.status?.revision).toBe("v8");
  });

  it("does not read a large file of zeros into memory", async ({ env }) => {
    const reason = await waitUntil("the zeros are reported", async () =>
      readyReason((await revision(env, "zeros", "v1")) ?? {}),
    );
    expect(["Published", "ObjectTooLarge"]).toContain(reason);
    expect(peakMegabytes(pid)).toBeLessThan(512);
  });

  it("does not end the operator or make it unready", async ({ env }) => {
    expect([env.operator.ref.pid, isRunning(env.operator.ref)]).toEqual([pid, true]);
    expect((await fetch(`${env.operator.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${env.operator.url}/readyz`)).status).toBe(200);
  });
});

/** The peak memory of a process, in MiB. Linux only. */
function peakMegabytes(id: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1]) / 1024;
}
