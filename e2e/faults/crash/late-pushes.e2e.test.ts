import { isDeepStrictEqual } from "node:util";
import { describe, expect } from "vitest";
import { waitUntil } from "../../harness/wait.ts";
import { listRefs } from "../../testenv/external-push.ts";
import { testWithEnv } from "../../testenv/fixtures.ts";
import { findChildren } from "../../testenv/git-children.ts";
import { type HeldPush, holdNextPush } from "../../testenv/held-pushes.ts";
import type { Packages } from "../../testenv/packages.ts";
import type { TestEnv } from "../../testenv/testenv.ts";
import { LATE_CASES, type LateCase } from "./late-cases.ts";

/** Cases are brought to their moments together: one operator is killed for all. */
const it = testWithEnv("late");
const holds = new Map<string, HeldPush>();

it.beforeAll(async ({ env, packages }) => {
  await Promise.all(LATE_CASES.map((one) => reach(env, packages, one)));
  await env.operator.kill();
  await Promise.all(LATE_CASES.map((one) => one.whileDown?.(packages, nameIn(one))));
  // As if its Lease had expired.
  await env.as("admin")("delete", "lease", "pkgserver");
  await env.restartOperator("kill");
});

describe("a push of a killed operator that arrives when its successor has", () => {
  it.for(LATE_CASES)("$title", async (one, { env, packages }) => {
    await one.successor(packages, nameIn(one));
    await holds.get(one.name)?.release();
    await waitUntil("the late push is over", () => findLatePushes(env, one).length === 0);
    // The first sync finds what has arrived, and the second what became of it.
    await env.sync(one.name);
    await env.sync(one.name);

    await waitUntil(`${one.name} is as it was`, async () => await readState(env, one), {
      until: (state) => isDeepStrictEqual(state, { refs: one.refs, reason: one.ends ?? null }),
      timeoutMs: 20_000,
    });
    const before = await listRefs(env.git, one.name);
    await env.sync(one.name);
    expect(await listRefs(env.git, one.name)).toBe(before);
    expect(await readState(env, one)).toEqual({ refs: one.refs, reason: one.ends ?? null });
  });
});

async function reach(env: TestEnv, packages: Packages, one: LateCase): Promise<void> {
  await env.git.createRepository(one.name);
  await env.register(one.name, { deployment: true });
  const name = await one.prepare(packages, one.name);
  expect(name).toBe(nameIn(one));
  const hold = await holdNextPush(env.git, one.name, one.held ?? "before");
  await one.request(packages, name);
  await hold.reached();
  holds.set(one.name, hold);
}

function nameIn({ name }: LateCase): string {
  return `edge1.${name}.web.ws1`;
}

/** The git processes of the killed operator. */
function findLatePushes(env: TestEnv, { name }: LateCase) {
  return findChildren(env.git.url(name)).filter(({ pid }) => pid < env.operator.ref.pid);
}

/** The refs but those of deleted drafts, with the first words of their commits' subjects; the reason of Ready. */
async function readState(env: TestEnv, one: LateCase) {
  const listed = (await env.git.git(one.name, "for-each-ref", "--format=%(refname)")).trim().split("\n");
  const names = listed.filter((ref) => !/\/deleted-ws1-[0-9a-f]{12}$/.test(ref));
  const words = names.map(async (ref) => {
    const subjects = (await env.git.git(one.name, "log", "--reverse", "--format=%s", ref)).trim().split("\n");
    return [ref, subjects.slice(1).map((subject) => subject.split(" ")[0])] as const;
  });
  const revisions = (await env.revisions()).filter(({ spec }) => spec.packageRevID.repository === one.name);
  const reasons = revisions.map(({ status }) => status?.conditions?.find(({ type }) => type === "Ready")?.reason);
  return {
    refs: Object.fromEntries(await Promise.all(words)),
    reason: reasons.length > 1 ? reasons : (reasons[0] ?? null),
  };
}
