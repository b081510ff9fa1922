import { afterAll, describe, expect, it } from "vitest";
import type { OperatorProcess } from "../../harness/operator.ts";
import { isRunning, signalProcess } from "../../harness/processes.ts";
import { waitUntil } from "../../harness/wait.ts";
import { findChildren, killChildren } from "../../testenv/git-children.ts";
import { createGitReader } from "../../testenv/git-reader.ts";
import { holdNextPush } from "../../testenv/held-pushes.ts";
import { createPackages } from "../../testenv/packages.ts";
import { findOwner, startReplica, waitForReplicas } from "../../testenv/replicas.ts";
import { startTestEnv, type TestEnv } from "../../testenv/testenv.ts";

/** Each with two replicas that take turns; together they make twenty rounds. */
const ENVS = [1, 2] as const;
const ROUNDS = 10;
const REPOSITORY = "plain";

/**
 * What becomes of the push that the stopped replica had under way: it arrives before the other one has published, or after; or
 * its git has ended and the replica itself finds out, when it continues, that it has lost its part.
 */
const LATE = ["arrives first", "arrives last", "is made again"] as const;

const envs: TestEnv[] = [];
const replicas = new Set<OperatorProcess>();

afterAll(async () => {
  for (const one of replicas) signalProcess(one.ref, "SIGCONT");
  await Promise.all([...replicas].map((one) => one.stop()));
  await Promise.all(envs.map((env) => env.end()));
});

describe.concurrent("a replica that stops in the midst of a push", () => {
  it.each(ENVS)(`is fenced off by the refs' leases, in ${ROUNDS} rounds of environment %i`, async () => {
    const env = await startTestEnv("fencing", { operator: { leaseDuration: "6s" } });
    envs.push(env);
    const packages = await createPackages(env);
    await env.git.createRepository(REPOSITORY);
    await env.register(REPOSITORY);
    let team = [env.operator, await startReplica(env)];
    for (const one of team) replicas.add(one);
    for (let round = 1; round <= ROUNDS; round++) {
      const late = LATE[round % LATE.length];
      await waitForReplicas(env, team);
      const owner = await findOwner(env, REPOSITORY, team);
      const name = `catalog.${REPOSITORY}.web.r${round}`;
      await packages.createDraft(
        { repository: REPOSITORY, package: "web", workspace: `r${round}` },
        { a: `${round}\n` },
      );
      await packages.propose(name);
      const hold = await holdNextPush(env.git, REPOSITORY, "before");
      await packages.setLifecycle(name, "published", "bob");
      await hold.reached();
      signalProcess(owner.ref, "SIGSTOP");
      if (late === "arrives first") await hold.release();
      if (late === "is made again") await killChildren(owner.dataDir);
      const others = team.filter((one) => one !== owner);
      await waitForReplicas(env, others);
      await packages.waitForReason(name, "Published");
      await hold.release();
      signalProcess(owner.ref, "SIGCONT");
      await waitUntil("the one that was stopped ends itself", () => !isRunning(owner.ref));
      await owner.kill();
      replicas.delete(owner);
      await waitUntil("its git has ended", () => findChildren(owner.dataDir).length === 0);

      const git = createGitReader(env.git, REPOSITORY);
      const tags = Array.from({ length: round }, (_, index) => `tags/web/v${index + 1}`);
      expect([...(await git.refs())].sort()).toEqual(tags.sort());
      expect(await git.count("main")).toBe(1 + round);
      expect(await git.files(`web/v${round}`, "web")).toEqual({ a: `${round}\n` });
      expect((await packages.get(name)).status).toMatchObject({ revision: `v${round}`, publishedBy: "bob" });
      const next = await startReplica(env);
      replicas.add(next);
      team = [...others, next];
    }
  });
});
