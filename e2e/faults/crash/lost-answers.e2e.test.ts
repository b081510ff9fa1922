import { describe, expect } from "vitest";
import { listRefs } from "../../testenv/external-push.ts";
import { testWithEnv } from "../../testenv/fixtures.ts";
import { findChildren, killChildren } from "../../testenv/git-children.ts";
import { type HeldPush, holdNextPush } from "../../testenv/held-pushes.ts";

import type { TestEnv } from "../../testenv/testenv.ts";
import { STEPS, type Step } from "./pushing-steps.ts";

/**
 * The fault during a push: its response is lost, or the operator is killed (SIGKILL). If its git survives, the old
 * push arrives while the new operator runs.
 */
const MOMENTS = [
  { name: "cut", title: "whose connection is cut after the remote has accepted it", held: "after" },
  { name: "late", title: "of an operator that is killed while its git continues", held: "before" },
  { name: "after", title: "of an operator that is killed with its git before the response", held: "after" },
] as const;

interface Case {
  readonly step: Step;
  readonly moment: (typeof MOMENTS)[number];
  readonly repository: string;
}

const CASES: readonly Case[] = STEPS.flatMap((step) =>
  MOMENTS.map((moment) => ({ step, moment, repository: `${step.name}-${moment.name}` })),
);

const names = new Map<Case, string>();

/** Every case is brought to its moment, in a repository of its own; then all of a moment are hit at once. */
const it = testWithEnv("answers");

it.beforeAll(async ({ env, packages }) => {
  const holds = new Map<Case, HeldPush>();
  const reach = async (one: Case) => {
    await env.git.createRepository(one.repository);
    await env.register(one.repository, { deployment: true });
    const name = await one.step.prepare(packages, one.repository);
    const hold = await holdNextPush(env.git, one.repository, one.moment.held);
    await one.step.request(packages, name);
    await hold.reached();
    names.set(one, name);
    holds.set(one, hold);
  };
  const of = (moment: Case["moment"]["name"]) => CASES.filter((one) => one.moment.name === moment);
  await Promise.all(of("cut").map(reach));
  env.git.closeConnections();
  await Promise.all([...of("late"), ...of("after")].map(reach));
  await env.operator.kill();
  for (const one of of("after")) await killChildren(env.git.url(one.repository));
  // As if its Lease had expired.
  await env.as("admin")("delete", "lease", "pkgserver");
  await env.restartOperator("kill");
  await Promise.all([...holds.values()].map((hold) => hold.release()));
});

describe("lost responses of the remote", () => {
  describe.each(MOMENTS)("a push $title", (moment) => {
    it.for(STEPS)("$name is done exactly once", async (step, { env, packages }) => {
      const one = CASES.find((other) => other.step === step && other.moment === moment) as Case;
      const name = names.get(one) ?? "";
      if (step.ends === undefined) await packages.waitUntilGone(name);
      else await packages.waitForReason(name, step.ends);
      if (step.ends === "Draft") await packages.waitForAcknowledgement(name);
      await env.sync(one.repository);

      expect(await readRefs(env, one.repository)).toEqual(step.refs);
      if (step.name === "edit") await expectEdit(env, one);
      // It has converged: another sync writes nothing.
      const before = await listRefs(env.git, one.repository);
      await env.sync(one.repository);
      expect(await listRefs(env.git, one.repository)).toBe(before);
    });
  });

  it("leave no git process of the killed operator", ({ env }) => {
    const remotes = CASES.map(({ repository }) => env.git.url(repository));
    const late = remotes.flatMap((url) => findChildren(url)).filter((ref) => ref.pid < env.operator.ref.pid);
    expect(late).toEqual([]);
  });
});

/** No acknowledged edit is lost. */
async function expectEdit(env: TestEnv, { step, repository }: Case): Promise<void> {
  const [branch = ""] = Object.keys(step.refs);
  const text = await env.git.git(repository, "show", `${branch}:edge1/web/edited.yaml`);
  expect(text, repository).toBe("kind: Secret\n");
}

/** Ref → the first words of its commits' subjects, without the repository's first commit. */
async function readRefs(env: TestEnv, repository: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const refs = (await env.git.git(repository, "for-each-ref", "--format=%(refname)")).trim().split("\n");
  const entries = refs.map(async (ref) => {
    const subjects = (await env.git.git(repository, "log", "--reverse", "--format=%s", ref)).trim().split("\n");
    const name = ref.replace(/-[0-9a-f]{12}$/, "-COMMIT");
    return [name, subjects.slice(1).map((subject) => subject.split(" ")[0])] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Record<string, string[]>;
}
