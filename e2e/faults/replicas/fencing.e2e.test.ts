import { describe, expect } from "vitest";
import { isRunning, signalProcess } from "../../harness/processes.ts";
import { waitUntil } from "../../harness/wait.ts";
import { testWithIsolatedEnv } from "../../testenv/fixtures.ts";
import { findChildren, killChildren } from "../../testenv/git-children.ts";
import { createGitReader } from "../../testenv/git-reader.ts";
import { holdNextPush } from "../../testenv/held-pushes.ts";
import { findOwner, startReplica, waitForReplicas } from "../../testenv/replicas.ts";

/** Environments with two replicas each; together they run twenty rounds. */
const ENVS = [1, 2] as const;
const ROUNDS = 10;
const REPOSITORY = "plain";

/**
 * The push of the stopped replica: it arrives before the other replica has published, or after; or its git was killed,
 * and the replica itself detects that it has lost its Lease when it continues.
 */
const LATE = ["arrives first", "arrives last", "is made again"] as const;

/** An environment for each test, with two replicas. */
const it = testWithIsolatedEnv("fencing", { operator: { leaseDuration: "6s" } }).extend(
  "team",
  async ({ env }, { onCleanup }) => {
    await env.git.createRepository(REPOSITORY);
    await env.register(REPOSITORY);
    const team = [env.operator, await startReplica(env)];
    const replicas = new Set(team);
    onCleanup(async () => {
      for (const { ref } of replicas) signalProcess(ref, "SIGCONT");
      // One stays: the invariants are checked while it runs.
      const [first, ...others] = [...replicas].filter(({ ref }) => isRunning(ref));
      if (first !== undefined) env.operator = first;
      await Promise.all(others.map((one) => one.stop()));
    });
    return { replicas, current: team };
  },
);

describe.concurrent("a replica that stops during a push", () => {
  it.for(ENVS)(
    `is fenced off by the refs' leases, in ${ROUNDS} rounds of environment %i`,
    async (_, { env, packages, team }) => {
      for (let round = 1; round <= ROUNDS; round++) {
        const late = LATE[round % LATE.length];
        await waitForReplicas(env, team.current);
        const owner = await findOwner(env, REPOSITORY, team.current);
        const name = `catalog.${REPOSITORY}.web.r${round}`;
        await packages.createDraft(
          { repository: REPOSITORY, package: "web", workspace: `r${round}` },
          { a: `${round}\n` },
        );
        await packages.propose(name);
        const hold = await holdNextPush(env.git, REPOSITORY, "before");
        await packages.approve(name);
        await hold.reached();
        signalProcess(owner.ref, "SIGSTOP");
        if (late === "arrives first") await hold.release();
        if (late === "is made again") await killChildren(owner.dataDir);
        const others = team.current.filter((one) => one !== owner);
        await waitForReplicas(env, others);
        await packages.waitForReason(name, "Published");
        await hold.release();
        signalProcess(owner.ref, "SIGCONT");
        await waitUntil("the stopped replica ends itself", () => !isRunning(owner.ref));
        await owner.kill();
        team.replicas.delete(owner);
        await waitUntil("its git has ended", () => findChildren(owner.dataDir).length === 0);

        const git = createGitReader(env.git, REPOSITORY);
        const tags = Array.from({ length: round }, (_, index) => `tags/web/v${index + 1}`);
        expect([...(await git.refs())].sort()).toEqual(tags.sort());
        expect(await git.count("main")).toBe(1 + round);
        expect(await git.files(`web/v${round}`, "web")).toEqual({ a: `${round}\n` });
        expect((await packages.get(name)).status).toMatchObject({ revision: `v${round}`, publishedBy: "bob" });
        const next = await startReplica(env);
        team.replicas.add(next);
        team.current = [...others, next];
      }
    },
  );
});
