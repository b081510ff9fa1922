import fc from "fast-check";
import { describe, expect } from "vitest";
import { seeded } from "../../../src/core/testing/seeded.ts";
import { waitUntil } from "../../harness/wait.ts";
import type { ApiResponse } from "../../testenv/api-client.ts";
import { testWithEnv } from "../../testenv/fixtures.ts";
import type { PackageID } from "../../testenv/packages.ts";
import { readyReason, type TestEnv } from "../../testenv/testenv.ts";
import { hostileName, hostilePath, hostileUrl } from "./hostile.ts";

/** The number of concurrent requests. */
const AT_ONCE = 24;

let main: string;

const it = testWithEnv("fuzz-names");

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("blue", { seed: { "other/a.yaml": "a: 1\n" } });
  await env.register("blue");
  main = await env.git.git("blue", "rev-parse", "main");
});

const pathOf = (env: TestEnv, group: string, rest: string) =>
  `${group}.pkgserver.dev/v1alpha1/namespaces/${env.namespace}/${rest}`;

/** Expects a created object, or a refusal with a message. True if it was created. */
function isCreated({ code, body }: ApiResponse, what: unknown): boolean {
  if (code === 201) return true;
  const description = `${JSON.stringify(what)}: ${body.message}`;
  expect(code, description).toBeGreaterThanOrEqual(400);
  expect(code, description).toBeLessThan(500);
  expect(body.message, description).toBeTruthy();
  return false;
}

async function forAll<T>(cases: readonly T[], once: (one: T, index: number) => Promise<void>): Promise<void> {
  const left = [...cases.entries()];
  const work = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) await once(next[1], next[0]);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

const half = (names: fc.Arbitrary<string>) => fc.oneof(fc.constantFrom("a", "b", "c-1", "net"), names);

describe("fuzzing: names", () => {
  const { numRuns, seed } = seeded(500, "PKGSERVER_FUZZ_NAMES");

  it(`${numRuns} Repositories are refused, or get a condition (PKGSERVER_SEED=${seed})`, async ({ env, requestAs }) => {
    const good = { url: env.git.url("blue"), ref: "main", directory: "" };
    const cases = fc.sample(
      fc.oneof(
        { weight: 3, arbitrary: hostileUrl.map((url) => ({ ...good, url })) },
        { weight: 1, arbitrary: hostilePath.map((ref) => ({ ...good, ref })) },
        { weight: 1, arbitrary: hostilePath.map((directory) => ({ ...good, directory })) },
      ),
      { numRuns, seed },
    );
    let created = 0;
    await forAll(cases, async (git, index) => {
      const name = `fuzz-${index}`;
      const body = {
        apiVersion: "config.pkg.pkgserver.dev/v1alpha1",
        kind: "Repository",
        metadata: { name },
        spec: { git: { ...git, ...(git.url === good.url && { credentials: "git-auth" }) } },
      };
      const answer = await requestAs("carol", "create", pathOf(env, "config.pkg", "repositories"), body);
      if (!isCreated(answer, git)) return;
      created++;
      const object = await waitUntil(`${JSON.stringify(git)} has a condition`, () => env.repository(name), {
        until: (one) => one.status?.observedGeneration === one.metadata.generation && readyReason(one) !== undefined,
        timeoutMs: 120_000,
      });
      const ready = object.status?.conditions?.find((one) => one.type === "Ready");
      expect(ready?.message).toBeTruthy();
      await requestAs("carol", "delete", pathOf(env, "config.pkg", `repositories/${name}`));
      await waitUntil(`${name} is gone`, async () => {
        return (await requestAs("admin", "get", pathOf(env, "config.pkg", `repositories/${name}`))).code === 404;
      });
    });
    expect(created).toBeGreaterThan(0);
    expect(env.operator.exitCode()).toBeNull();
    expect(await env.git.git("blue", "rev-parse", "main")).toBe(main);
  });

  it(`${numRuns} package revisions are refused, or are drafts in their own folders (PKGSERVER_SEED=${seed})`, async ({
    env,
    packages,
    requestAs,
  }) => {
    const optional = (names: fc.Arbitrary<string>) => fc.option(half(names), { nil: undefined });
    const cases = fc.sample(
      fc.record({
        target: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, optional(hostileName)),
        realm: optional(hostilePath),
        package: half(hostileName),
        workspace: half(hostileName),
        byName: fc.boolean(),
      }),
      { numRuns, seed },
    );
    const drafts = new Map<string, string>();
    await forAll(cases, async ({ byName, target, realm, package: name, workspace }, index) => {
      const id: PackageID = {
        repository: "blue",
        package: name,
        workspace,
        ...(target !== undefined && { target }),
        ...(realm !== undefined && { realm }),
      };
      // Most of these names are refused as object names. With byName false the object has a valid name.
      const asked = [target ?? "catalog", "blue", ...(realm?.split("/") ?? []), name, workspace].join(".");
      const body = {
        apiVersion: "pkg.pkgserver.dev/v1alpha1",
        kind: "PackageRevision",
        metadata: { name: byName ? asked : `fuzz-${index}` },
        spec: { packageRevID: id, tasks: [{ type: "init" }] },
      };
      const answer = await requestAs("alice", "create", pathOf(env, "pkg", "packagerevisions"), body);
      if (!isCreated(answer, id)) return;
      const object = await packages.waitFor(answer.body.metadata.name, "has a condition", (one) => {
        return one.status?.observedGeneration === one.metadata.generation && readyReason(one) !== undefined;
      });
      if (object.status?.lifecycle === "draft") {
        drafts.set([...(realm === undefined ? [] : [realm]), name, workspace].join("/"), object.metadata.name);
      } else {
        const ready = object.status?.conditions?.find((one) => one.type === "Ready");
        expect([ready?.status, ready?.message]).toEqual(["False", expect.stringMatching(/./)]);
      }
    });
    expect(drafts.size).toBeGreaterThan(0);
    const refs = (await env.git.git("blue", "for-each-ref", "--format=%(refname)")).trimEnd().split("\n");
    expect(refs.sort()).toEqual(["refs/heads/main", ...[...drafts.keys()].map((one) => `refs/heads/${one}`)].sort());
    for (const branch of drafts.keys()) {
      const folder = branch.slice(0, branch.lastIndexOf("/"));
      const changed = await env.git.git("blue", "diff", "-z", "--name-only", "main", `refs/heads/${branch}`);
      const paths = changed.split("\0").filter((one) => one !== "");
      expect(paths).toEqual([`${folder}/README.md`, `${folder}/package-context.yaml`]);
    }
    expect(await env.git.git("blue", "rev-parse", "main")).toBe(main);
  });
});
