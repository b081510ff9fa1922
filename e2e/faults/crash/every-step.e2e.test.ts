import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSeed } from "../../../src/core/testing/seeded.ts";
import { createApiClient } from "../../testenv/api-client.ts";
import { listRefs } from "../../testenv/external-push.ts";
import { createPackages, type Packages } from "../../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../../testenv/testenv.ts";
import { findCallSites } from "./call-sites.ts";
import { chooseKills, firstOf, spread } from "./choose-kills.ts";
import { type Failpoint, type FailpointFolder, LEAD, OPERATOR, openFailpoints } from "./failpoints.ts";
import { JOURNEY, returnTo } from "./journey.ts";
import { keepRunning } from "./keep-running.ts";
import { expectOutcome } from "./outcome.ts";
import { type BundledOperator, bundleOperator } from "./program.ts";
import { clearStage, type Stage, setStage } from "./stage.ts";
import { type Kills, travel } from "./travel.ts";

/**
 * Each seed kills at other points. `PKGSERVER_CRASH_SEEDS=3` runs three seeds in turn, beginning with `PKGSERVER_SEED`.
 */
const SEED = readSeed(1);
const SEEDS = Array.from({ length: Number(process.env.PKGSERVER_CRASH_SEEDS ?? 1) }, (_, index) => SEED + index);
/** Kills in each step of the journey; more where a step has more call sites. */
const JOURNEYS = 3;
/** Concurrent journeys: a kill of one hits the others at arbitrary points. */
const AT_ONCE = 3;
/** Maximum number of further journeys for failpoints that were not reached. */
const ROUNDS = 20;
/** For a hundred kills and starts, concurrent with other tests. */
const LIMIT_MS = 1_800_000;

let dir: string;
let env: TestEnv;
let packages: Packages;
let folder: FailpointFolder;
let operator: BundledOperator;
/** The stages of all journeys. */
const stages: Stage[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "pkgserver-failpoints-"));
  folder = openFailpoints(dir);
  operator = await bundleOperator(dir);
  folder.arm(OPERATOR, { step: LEAD, kills: [], record: true });
  // Killed again and again while it reads the same Repositories.
  const variables = { FAILPOINTS: dir, PKGSERVER_LIMIT_CRASHES: "0" };
  env = await startTestEnv("crash", { operator: { program: operator.program, env: variables } });
  packages = await createPackages(env);
  // The same journey without a kill records the failpoints.
  await go("j0", { kills: new Map(), record: true });
  folder.arm(OPERATOR, { step: "stop", kills: [], record: true });
  // The next start adds the public key of a new one.
  const secret = `/api/v1/namespaces/${env.namespace}/secrets/pkgserver-signing-key`;
  await (await createApiClient(env.controlPlane))("admin", "delete", secret);
  await env.restartOperator("stop");
});

afterAll(async () => {
  try {
    await env?.end();
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

describe("crash at every step", () => {
  it("has a failpoint at every write to the API server and every git command with an effect", async () => {
    const { effects, exceptions, ways } = await findCallSites();
    const places = folder.passed().flatMap((one) => (one.moment === "before" ? one.places : []));
    const passed = new Set([...new Set(places)].map((place) => operator.sourceOf(place)));
    expect(ways, "may have effects that pass no failpoint").toEqual([]);
    expect(effects.length).toBeGreaterThan(20);
    expect(
      effects.filter((line) => !passed.has(line)),
      "the journey (journey.ts) passes none of these: give it a step that does",
    ).toEqual([]);
    expect(
      exceptions.filter((line) => passed.has(line)),
      "are passed, and no exceptions any more (call-sites.ts)",
    ).toEqual([]);
  });

  it.each(SEEDS)(
    "loses nothing and does nothing twice, wherever it is killed (seed %i)",
    { timeout: LIMIT_MS },
    async (seed) => {
      const before = stages.length;
      const { journeys, own } = chooseKills(folder.passed(), JOURNEYS, seed);
      const hitsBefore = folder.hits().length;
      let over = false;
      const keeping = keepRunning(env, folder, () => over);
      folder.arm(OPERATOR, { step: LEAD, kills: own, record: false });
      const hits = () => folder.hits().slice(hitsBefore);
      const making = makeAll(seed, journeys, hits).finally(() => {
        over = true;
      });
      const [left] = await Promise.all([making, keeping]);
      const wanted = [...journeys.flatMap((kills) => [...kills.values()].flat()), ...own];
      // For the README's figures.
      console.log(`seed ${seed}: ${hits().length} kills at ${distinct(hits())} of ${distinct(wanted)} failpoints`);
      expect(left.map(({ site, moment }) => `${moment} ${site}`)).toEqual([]);
      expect(hits().length).toBeGreaterThanOrEqual(100);
      await expectRestorable(stages.slice(before));
    },
  );

  it("leaves everything in Git that is needed to restore the objects, also where it is not killed", async () => {
    await expectRestorable(stages.slice(0, 1));
  });
});

/** Expects that Git has all that is needed to restore the objects of these journeys. */
async function expectRestorable(some: readonly Stage[]): Promise<void> {
  expect(some).not.toEqual([]);
  await Promise.all(some.map(returnTo));
  // The invariants are checked on these objects when the environment ends.
  for (const stage of some) await expectOutcome(stage);
}

function distinct(failpoints: readonly Failpoint[]): number {
  return new Set(failpoints.map(({ site, moment }) => `${moment} ${site}`)).size;
}

/**
 * Runs all journeys. Some failpoints are reached only if the operator was not killed shortly before, since its caches
 * are empty then, and some only by chance in the step for which they were chosen: those that were not hit get further
 * journeys, one at a time, with time between the kills, each from the first step on in which it was ever begun.
 * Returns those still not hit.
 */
async function makeAll(
  seed: number,
  journeys: readonly Kills[],
  hits: () => readonly Failpoint[],
): Promise<readonly Failpoint[]> {
  let left = await goAll(journeys.map((kills, index) => [`j${seed}0${index}`, kills]));
  for (let round = 0; round < ROUNDS; round++) {
    left = left.filter((one) => !hits().some((hit) => hit.site === one.site && hit.moment === one.moment));
    if (left.length === 0) break;
    left = left.map((one) => firstOf(folder.passed(), one));
    const kills = spread(
      left,
      JOURNEY.map(({ name }) => name),
    );
    const chosen = [...kills.values()].flat();
    const missed = await go(`j${seed}1${round}`, { kills });
    // Missed failpoints come first the next time.
    left = [...missed, ...left.filter((one) => !chosen.includes(one))];
  }
  return left;
}

/** Runs journeys, AT_ONCE concurrently. Returns the kills that did not happen. */
async function goAll(journeys: readonly (readonly [string, Kills])[]): Promise<readonly Failpoint[]> {
  const missed: Failpoint[] = [];
  const left = [...journeys];
  const goOn = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      missed.push(...(await go(next[0], { kills: next[1] })));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, goOn));
  return missed;
}

async function go(journey: string, how: Parameters<typeof travel>[2]): Promise<readonly Failpoint[]> {
  const stage = await setStage(env, packages, journey);
  const upstream = await listRefs(env.git, stage.upstream);
  const missed = await travel(stage, folder, how);
  await expectOutcome(stage);
  const after = await listRefs(env.git, stage.own);
  await clearStage(stage);
  stages.push(stage);
  // Deleting the Repositories leaves Git unchanged. The upstream repository is never written to.
  expect(await listRefs(env.git, stage.own), journey).toBe(after);
  expect(await listRefs(env.git, stage.upstream), journey).toBe(upstream);
  return missed;
}
