import fc from "fast-check";
import { describe, expect } from "vitest";
import { blobOid } from "../../../src/core/identity/hash.ts";
import { seeded } from "../../../src/core/testing/seeded.ts";
import { waitUntil } from "../../harness/wait.ts";
import type { ApiClient } from "../../testenv/api-client.ts";
import { type Fixtures, testWithEnv } from "../../testenv/fixtures.ts";
import type { Packages } from "../../testenv/packages.ts";

import { hostilePath, hostileYaml } from "./hostile.ts";

/** The number of packages that are written concurrently. */
const DRAFTS = 10;
/** Files in one request. After a refusal, the other files are sent again without the refused one. */
const BATCH = 50;
const KEPT = { "kept.txt": "here before\n" };

type Files = ReadonlyMap<string, string>;
/** The result for one file: in Git, reported as a problem, or refused by the API server. */
type Fate = "stored" | "reported" | "refused";

const it = testWithEnv("fuzz-files");

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("blue", { seed: { "other/a.yaml": "a: 1\n" } });
  await env.register("blue");
});

/** Writes files into a draft until each is stored, or refused with a message. */
async function write(
  { env, packages }: Fixtures,
  requestAs: ApiClient,
  draft: string,
  files: Files,
  fates: Map<string, Fate>,
  before: Iterable<string>,
): Promise<void> {
  const gone = [...before].filter((path) => !files.has(path)).map((path) => [path, null] as const);
  const resources = Object.fromEntries([...gone, ...files]);
  const path = `pkg.pkgserver.dev/v1alpha1/namespaces/${env.namespace}/packagerevisionresourceses/${draft}`;
  const answer = await requestAs("alice", "merge", path, { spec: { resources } });
  if (answer.code !== 200) {
    expect(answer.code, answer.body.message).toBeLessThan(500);
    expect(answer.body.message).toBeTruthy();
    if (files.size === 1) return void [...files.keys()].map((one) => fates.set(one, "refused"));
    const all = [...files];
    const half = all.length >> 1;
    await write({ env, packages }, requestAs, draft, new Map(all.slice(0, half)), fates, [...before]);
    await write({ env, packages }, requestAs, draft, new Map(all.slice(half)), fates, [
      ...before,
      ...all.slice(0, half).map(([one]) => one),
    ]);
    return;
  }
  const { generation } = answer.body.metadata;
  const error = await waitForProblem(packages, draft, generation);
  if (error === undefined) {
    await checkStored({ env, packages }, draft, files);
    for (const one of files.keys()) fates.set(one, "stored");
    return;
  }
  const reported = [...files.keys()].filter((one) => error.includes(JSON.stringify(one).slice(0, 300)));
  expect(reported, `nothing of ${JSON.stringify([...files.keys()])} is named by: ${error}`).not.toEqual([]);
  for (const one of reported) fates.set(one, "reported");
  await write(
    { env, packages },
    requestAs,
    draft,
    new Map([...files].filter(([one]) => !reported.includes(one))),
    fates,
    [...before, ...files.keys()],
  );
}

/** Waits for the problem of this generation's files; undefined if they are in Git. */
async function waitForProblem(packages: Packages, draft: string, generation: number): Promise<string | undefined> {
  let error: string | undefined;
  let seen: string | undefined;
  await waitUntil(`the files of ${draft} are stored or refused`, async () => await packages.contents(draft), {
    until: ({ status, spec }) => {
      if ((status?.observedGeneration ?? 0) >= generation) return true;
      // The error may be of an earlier edit: it counts if it names a file of this one.
      seen = status?.error;
      const paths = Object.keys(spec.resources ?? {});
      error =
        seen !== undefined && paths.some((one) => seen?.includes(JSON.stringify(one).slice(0, 300))) ? seen : undefined;
      return error !== undefined;
    },
    intervalMs: 50,
    timeoutMs: 120_000,
  });
  return error;
}

/** Expects these files in Git byte for byte, besides those that were there before, and no others. */
async function checkStored({ env, packages }: Fixtures, draft: string, files: Files): Promise<void> {
  const { packageRevID: id } = (await packages.get(draft)).spec;
  const branch = `refs/heads/${id.package}/${id.workspace}`;
  const listing = await env.git.git("blue", "ls-tree", "-r", "-z", branch);
  const inGit = new Map(
    listing.split("\0").flatMap((line) => {
      const [meta = "", path = ""] = line.split(/\t(.*)/s);
      return line === "" ? [] : [[path, meta.split(" ")[2]] as const];
    }),
  );
  const ids = new Map<string, string>();
  for (const [path, text] of [...files, ...Object.entries(KEPT)]) ids.set(`${id.package}/${path}`, blobOf(text));
  ids.set("other/a.yaml", blobOf("a: 1\n"));
  expect([...inGit].sort()).toEqual([...ids].sort());
}

function blobOf(text: string): string {
  return blobOid(new TextEncoder().encode(text), "sha1");
}

async function writeAll(
  { env, packages }: Fixtures,
  requestAs: ApiClient,
  prefix: string,
  cases: readonly (readonly [string, string])[],
): Promise<Map<string, Fate>> {
  const fates = new Map<string, Fate>();
  const batches: Files[] = [];
  const unique = [...new Map(cases)];
  for (let at = 0; at < unique.length; at += BATCH) batches.push(new Map(unique.slice(at, at + BATCH)));
  await Promise.all(
    Array.from({ length: DRAFTS }, async (_, index) => {
      const id = { repository: "blue", package: `${prefix}-${index}`, workspace: "one" };
      const draft = await packages.createDraft(id, KEPT);
      let before: readonly string[] = [];
      for (let batch = batches.pop(); batch !== undefined; batch = batches.pop()) {
        await write({ env, packages }, requestAs, draft, batch, fates, before);
        before = Object.keys((await packages.contents(draft)).spec.resources ?? {}).filter((one) => !(one in KEPT));
      }
    }),
  );
  expect(unique.filter(([path]) => !fates.has(path))).toEqual([]);
  return fates;
}

const count = (fates: Map<string, Fate>, fate: Fate) => [...fates.values()].filter((one) => one === fate).length;

describe("fuzzing: files", () => {
  const { numRuns, seed } = seeded(1500, "PKGSERVER_FUZZ_FILES");

  it(`${numRuns} names are stored, refused, or reported (PKGSERVER_SEED=${seed})`, async ({
    env,
    packages,
    requestAs,
  }) => {
    const paths = fc.sample(hostilePath, { numRuns, seed });
    const fates = await writeAll(
      { env, packages },
      requestAs,
      "name",
      paths.filter((path) => !(path in KEPT)).map((path, index) => [path, `n: ${index}\n`]),
    );
    expect(count(fates, "stored")).toBeGreaterThan(numRuns / 10);
    expect(count(fates, "reported")).toBeGreaterThan(numRuns / 10);
  });

  it(`${numRuns} texts are stored unchanged (PKGSERVER_SEED=${seed})`, async ({ env, packages, requestAs }) => {
    const texts = fc.sample(hostileYaml, { numRuns, seed });
    const fates = await writeAll(
      { env, packages },
      requestAs,
      "text",
      texts.map((text, index) => [`f-${index}.yaml`, text]),
    );
    expect(count(fates, "stored")).toBe(numRuns);
    // A text that is not YAML, or cannot be checked, is reported and stored all the same. The operator still runs.
    expect(env.operator.exitCode()).toBeNull();
  });
});
