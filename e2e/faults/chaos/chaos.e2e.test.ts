import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSeed } from "../../../src/core/testing/seeded.ts";
import { type ControlPlane, startControlPlane } from "../../harness/control-plane.ts";
import { installPkgserver } from "../../harness/install.ts";
import { checkInvariants } from "../../invariants/check-testenv.ts";
import { createExternalCommitter, type ExternalCommitter } from "../../testenv/external-committer.ts";
import { createGitReader } from "../../testenv/git-reader.ts";
import { createPackages } from "../../testenv/packages.ts";
import { createRandom } from "../../testenv/random.ts";
import { startTestEnv, type TestEnv } from "../../testenv/testenv.ts";
import { type Actor, createActor, type Notes } from "./actor.ts";
import { type Crew, hireCrew } from "./crew.ts";
import { FAULTS } from "./faults.ts";
import { createReleaseActor } from "./release-actor.ts";

const SEED = readSeed();
/** Duration in minutes. The invariants are checked after each round of faults. */
const MINUTES = Number(process.env.PKGSERVER_SOAK_MINUTES ?? 0.5);
const ROUND_MS = 20_000;
const SETTLE_MS = 120_000;
const REPOSITORIES = ["one", "two", "three"] as const;
const ACTORS_EACH = 2;
const REPLICAS = 2;

let dir: string;
let controlPlane: ControlPlane;
let env: TestEnv;
let crew: Crew;
let actors: readonly Actor[];
let people: readonly (readonly [string, ExternalCommitter])[];
const notes: Notes = { edits: [], approvals: [], commits: [] };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "pkgserver-chaos-"));
  controlPlane = await startControlPlane({ dir });
  const operator = await installPkgserver(controlPlane);
  const provided = { ...controlPlane, kubeconfigs: { ...controlPlane.kubeconfigs, operator } };
  // No Repository is to blame for the kills, also if chance has it that they hit the same one three times in a row.
  const variables = { PKGSERVER_LIMIT_CRASHES: "0" };
  env = await startTestEnv("chaos", { controlPlane: provided, operator: { leaseDuration: "6s", env: variables } });
  const packages = await createPackages(env);
  for (const one of REPOSITORIES) {
    await env.git.createRepository(one);
    await env.register(one, { sync: { interval: "5s" } });
  }
  crew = await hireCrew(env, REPLICAS);
  await crew.complete();
  const { namespace } = env;
  actors = REPOSITORIES.flatMap((repository) => {
    const single = Array.from({ length: ACTORS_EACH }, (_, index) => {
      const name = `pkg-${index}`;
      const random = createRandom(SEED, `${repository}/${name}`);
      return createActor({ packages, notes, random }, { namespace, repository, package: name });
    });
    const random = createRandom(SEED, `${repository}/release`);
    return [...single, createReleaseActor({ packages, notes, random }, { namespace, repository })];
  });
  const hired = REPOSITORIES.map(
    async (one) => [one, await createExternalCommitter("dora", { url: env.git.path(one), password: "" })] as const,
  );
  people = await Promise.all(hired);
});

afterAll(async () => {
  await Promise.all((people ?? []).map(([, person]) => person.close()));
  await crew?.close();
  await env?.end({ ledger: notes });
  await controlPlane?.stop();
  await rm(dir, { recursive: true, force: true });
});

/** Injects faults one by one while the actors work, then waits until all replicas run. Returns the faults. */
async function playRound(round: number): Promise<readonly string[]> {
  const random = createRandom(SEED, `round ${round}`);
  const until = performance.now() + ROUND_MS;
  const faults: string[] = [];
  const isOver = () => performance.now() >= until;
  const injectFaults = async () => {
    while (!isOver()) {
      const name = random.pick(Object.keys(FAULTS));
      faults.push(name);
      await FAULTS[name]?.({ env, crew, controlPlane, random });
      await disturb(round, random.pick(people));
    }
  };
  const work = async (actor: Actor) => {
    while (!isOver()) await actor.act();
  };
  await Promise.all([injectFaults(), ...actors.map(work)]);
  await crew.complete();
  return faults;
}

/** An external commit on main, outside the packages. */
async function disturb(round: number, [repository, person]: readonly [string, ExternalCommitter]): Promise<void> {
  const commit = await person.push("main", `docs/${round}.md`, `${Math.random()}\n`);
  if (commit !== undefined) notes.commits.push({ repository: `${env.namespace}/${repository}`, commit });
}

describe("chaos", () => {
  const minutes = `${MINUTES} minutes`;
  it(
    `keeps all invariants for ${minutes} (PKGSERVER_SEED=${SEED})`,
    async () => {
      const until = performance.now() + MINUTES * 60_000;
      for (let round = 1; round === 1 || performance.now() < until; round++) {
        const faults = await playRound(round);
        await checkInvariants(env, notes, { settleMs: SETTLE_MS });
        const counts = REPOSITORIES.map(async (one) => (await createGitReader(env.git, one).refs()).length);
        const refs = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
        const acts = actors.reduce((sum, actor) => sum + actor.count(), 0);
        console.info(
          `seed ${SEED}, round ${round}: ${acts} requests, ${refs} refs, ${crew.restarts()} restarts, 0 violations; ` +
            faults.join(", "),
        );
        expect(acts).toBeGreaterThan(0);
      }
    },
    2 ** 31 - 1,
  );
});
