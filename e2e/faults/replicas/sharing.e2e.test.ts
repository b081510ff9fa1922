import { describe, expect } from "vitest";
import type { OperatorProcess } from "../../harness/operator.ts";
import { waitUntil } from "../../harness/wait.ts";
import { testWithEnv } from "../../testenv/fixtures.ts";
import { createGitReader } from "../../testenv/git-reader.ts";
import { nameOf } from "../../testenv/packages.ts";
import { findOwner, readMembership, startReplica, waitForReplicas } from "../../testenv/replicas.ts";
import type { TestEnv } from "../../testenv/testenv.ts";

const REPOSITORIES = Array.from({ length: 8 }, (_, index) => `team-${index}`);
/**
 * Work under way gets 10 s to end by itself (src/controllers/sharding/rebalance.ts); the rest is for a busy machine.
 */
const DRAIN_LIMIT_MS = 30_000;
/** How many replicas are started in turn until one owns a repository. */
const TRIES = 5;

const draftId = (repository: string, name: string) => ({ repository, package: name, workspace: "ws1" });

/** The packages that a replica has pushed, from its log. */
async function pushedBy(replica: OperatorProcess): Promise<readonly string[]> {
  const lines = (await replica.log()).filter((line) => line.msg === "pushed");
  return [...new Set(lines.map((line) => String(line.object).split("/")[1] ?? ""))].sort();
}

/** The replicas that run, the environment's own operator first: the invariants are checked with that one. */
class Team {
  readonly #env: TestEnv;
  readonly #replicas: OperatorProcess[];

  constructor(env: TestEnv) {
    this.#env = env;
    this.#replicas = [env.operator];
  }

  get replicas(): readonly OperatorProcess[] {
    return this.#replicas;
  }

  /** The repositories that a replica owns, by the Lease's members. */
  async ownedBy(replica: OperatorProcess): Promise<readonly string[]> {
    const owners = REPOSITORIES.map(async (one) => [one, await findOwner(this.#env, one, this.#replicas)] as const);
    return (await Promise.all(owners)).flatMap(([one, owner]) => (owner === replica ? [one] : []));
  }

  /**
   * Adds a replica that owns repositories, and waits until the others have released these. Of two replicas, both own
   * some. Identities are random: one of two replicas owns none of eight repositories in one of 256 runs. Then another
   * one is started.
   */
  async add(): Promise<OperatorProcess> {
    for (let tries = 1; tries <= TRIES; tries++) {
      const added = await startReplica(this.#env);
      this.#replicas.push(added);
      await waitUntil("the other replicas are drained", async () => (await readMembership(this.#env)).draining, {
        until: (draining) => draining.length === 0,
        timeoutMs: DRAIN_LIMIT_MS,
      });
      await waitForReplicas(this.#env, this.#replicas);
      const owners = this.#replicas.length === 2 ? this.#replicas : [added];
      const owned = await Promise.all(owners.map((one) => this.ownedBy(one)));
      if (owned.every((repositories) => repositories.length > 0)) return added;
      await this.stop(added);
    }
    throw new Error(`${TRIES} replicas in turn owned none of ${REPOSITORIES.length} repositories, or all`);
  }

  /** A replica beside the environment's own. */
  async second(): Promise<OperatorProcess> {
    return this.#replicas[1] ?? (await this.add());
  }

  async stop(replica: OperatorProcess): Promise<void> {
    await replica.stop();
    this.#remove(replica);
    await waitForReplicas(this.#env, this.#replicas);
  }

  async kill(replica: OperatorProcess): Promise<void> {
    await replica.kill();
    this.#remove(replica);
  }

  async close(): Promise<void> {
    await Promise.all(this.#replicas.slice(1).map((one) => one.stop()));
  }

  #remove(replica: OperatorProcess): void {
    this.#replicas.splice(this.#replicas.indexOf(replica), 1);
  }
}

const it = testWithEnv("replicas", { operator: { leaseDuration: "8s" } }).extend(
  "team",
  { scope: "file" },
  async ({ env }, { onCleanup }) => {
    const team = new Team(env);
    onCleanup(async () => await team.close());
    await Promise.all(
      REPOSITORIES.map(async (one) => {
        await env.git.createRepository(one);
        await env.register(one);
      }),
    );
    return team;
  },
);

describe("replicas", () => {
  it("share the work: each repository has one owner, which makes all its pushes", async ({ packages, team }) => {
    await team.second();
    const names = REPOSITORIES.map((repository) => nameOf(draftId(repository, "web")));
    await Promise.all(
      REPOSITORIES.map((repository) => packages.createDraft(draftId(repository, "web"), { "a.yaml": "a: 1\n" })),
    );
    for (const replica of team.replicas) {
      const owned = await team.ownedBy(replica);
      expect((await pushedBy(replica)).filter((name) => names.includes(name))).toEqual(
        owned.map((repository) => nameOf(draftId(repository, "web"))).sort(),
      );
    }
  });

  it("are all ready", async ({ team }) => {
    await team.second();
    for (const { url } of team.replicas) expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  it("clone a package that another replica owns once it is published there", async ({ env, packages, team }) => {
    const second = await team.second();
    const [source = ""] = await team.ownedBy(env.operator);
    const [target = ""] = await team.ownedBy(second);
    const upstream = { repository: source, package: "origin", revision: "v1" };
    const original = await packages.createDraft(draftId(source, "origin"), { "a.yaml": "a: 1\n" });
    const copy = await packages.create(draftId(target, "copy"), { spec: { tasks: [{ type: "clone" }], upstream } });
    await packages.waitFor(copy, "waits for its upstream", (one) =>
      JSON.stringify(one.status?.conditions ?? []).includes("has no published origin v1"),
    );
    await packages.publish(original);
    await packages.waitForReason(copy, "Draft");
    expect(await createGitReader(env.git, target).files("copy/ws1", "copy")).toEqual({ "a.yaml": "a: 1\n" });
    expect(await pushedBy(second)).toContain(copy);
  });

  it("take over the repositories of a killed replica within seconds", async ({ env, packages, team }) => {
    const victim = await team.second();
    const orphaned = await team.ownedBy(victim);
    expect(orphaned).not.toEqual([]);
    await team.kill(victim);
    const killed = performance.now();
    const drafts = await Promise.all(
      orphaned.map((repository) => packages.createDraft(draftId(repository, "orphan"), { b: "1\n" })),
    );
    // Not before the killed replica's lease has expired.
    expect((performance.now() - killed) / 1000).toBeGreaterThan(2);
    const left = await Promise.all(team.replicas.map(pushedBy));
    expect(left.flat()).toEqual(expect.arrayContaining(drafts));
    await waitForReplicas(env, team.replicas);
  });

  it("hand repositories over to an added replica during edits, and back when it stops", async ({
    env,
    packages,
    team,
  }) => {
    let over = false;
    const edit = async (repository: string) => {
      const name = await packages.createDraft(draftId(repository, "busy"), { a: "0\n" });
      let count = 0;
      while (!over) await packages.save(name, { a: `${++count}\n` });
      return { repository, count };
    };
    const edits = Promise.all(REPOSITORIES.map(edit));
    const added = await team.add();
    const owned = (await team.ownedBy(added)).map((repository) => nameOf(draftId(repository, "busy"))).sort();
    await waitUntil(`the added replica has pushed to ${owned.join(", ")}`, async () => await pushedBy(added), {
      until: (pushed) => owned.every((name) => pushed.includes(name)),
    });
    expect(await pushedBy(added)).toEqual(owned);
    await team.stop(added);
    over = true;
    for (const { repository, count } of await edits) {
      const git = createGitReader(env.git, repository);
      const subjects = (await git("log", "--reverse", "--format=%s", "main..busy/ws1")).split("\n");
      expect(subjects.map((line) => line.split(" ")[0])).toEqual(["Start", ...Array(count + 1).fill("Edit")]);
      expect(await git("show", "busy/ws1:busy/a")).toBe(String(count));
    }
    expect((await added.log()).at(-1)).toMatchObject({ msg: "stopped", late: [] });
  });
});
