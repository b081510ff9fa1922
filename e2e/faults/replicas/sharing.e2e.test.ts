import { describe, expect } from "vitest";
import type { OperatorProcess } from "../../harness/operator.ts";
import { waitUntil } from "../../harness/wait.ts";
import { testWithEnv } from "../../testenv/fixtures.ts";
import { createGitReader } from "../../testenv/git-reader.ts";
import { findOwner, startReplica, waitForReplicas } from "../../testenv/replicas.ts";
import type { TestEnv } from "../../testenv/testenv.ts";

const REPOSITORIES = Array.from({ length: 8 }, (_, index) => `team-${index}`);
const WORKSPACE = { package: "web", workspace: "ws1" } as const;

/** The replicas that run, the environment's own operator first. */
const it = testWithEnv("replicas", { operator: { leaseDuration: "8s" } }).extend(
  "replicas",
  { scope: "file" },
  async ({ env }, { onCleanup }) => {
    const replicas: OperatorProcess[] = [env.operator, await startReplica(env)];
    // The environment's own operator stays: it is the one that the invariants are checked with.
    onCleanup(
      async () => void (await Promise.all(replicas.filter((one) => one !== env.operator).map((one) => one.stop()))),
    );
    await waitForReplicas(env, replicas);
    await Promise.all(
      REPOSITORIES.map(async (one) => {
        await env.git.createRepository(one);
        await env.register(one);
      }),
    );
    return replicas;
  },
);

/** The packages that a replica has pushed, as its log tells. */
async function pushedBy(replica: OperatorProcess): Promise<ReadonlySet<string>> {
  const lines = (await replica.log()).filter((line) => line.msg === "pushed");
  return new Set(lines.map((line) => String(line.object).split("/")[1] ?? ""));
}

const nameIn = (repository: string) => `catalog.${repository}.web.ws1`;

/** The repositories of `replica`, which is one of these replicas. */
async function ownedBy(
  replica: OperatorProcess,
  { env, replicas }: { readonly env: TestEnv; readonly replicas: readonly OperatorProcess[] },
): Promise<readonly string[]> {
  const owners = REPOSITORIES.map(async (one) => [one, await findOwner(env, one, replicas)] as const);
  return (await Promise.all(owners)).flatMap(([one, owner]) => (owner === replica ? [one] : []));
}

/**
 * Adds a replica that owns repositories. Identities are random: with eight repositories, one of three replicas owns none in
 * about one of 250 runs. Then another one is started.
 */
async function addOwner(env: TestEnv, replicas: OperatorProcess[]): Promise<OperatorProcess> {
  for (let tries = 1; ; tries++) {
    const added = await startReplica(env);
    replicas.push(added);
    await waitForReplicas(env, replicas);
    if ((await ownedBy(added, { env, replicas })).length > 0) return added;
    if (tries === 4) throw new Error(`${tries} replicas in turn own none of ${REPOSITORIES.length} repositories`);
    await remove(added, env, replicas);
  }
}

async function remove(replica: OperatorProcess, env: TestEnv, replicas: OperatorProcess[]): Promise<void> {
  await replica.stop();
  replicas.splice(replicas.indexOf(replica), 1);
  await waitForReplicas(env, replicas);
}

describe("replicas", () => {
  it("share the work: each repository has one owner, which makes all its pushes", async ({
    env,
    packages,
    replicas,
  }) => {
    await Promise.all(
      REPOSITORIES.map((repository) => packages.createDraft({ repository, ...WORKSPACE }, { "a.yaml": "a: 1\n" })),
    );
    for (const replica of replicas) {
      expect([...(await pushedBy(replica))].sort()).toEqual(
        (await ownedBy(replica, { env, replicas })).map(nameIn).sort(),
      );
    }
  });

  it("are all ready", async ({ replicas }) => {
    for (const { url } of replicas) expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  it("clone a package that another replica owns once it is published there", async ({ env, packages, replicas }) => {
    const [first, second] = replicas as [OperatorProcess, OperatorProcess];
    const [source = ""] = await ownedBy(first, { env, replicas });
    const [target = ""] = await ownedBy(second, { env, replicas });
    const name = await packages.create(
      { repository: target, package: "copy", workspace: "ws1" },
      { spec: { tasks: [{ type: "clone" }], upstream: { repository: source, package: "web", revision: "v1" } } },
    );
    await packages.waitFor(name, "waits for its upstream", (one) =>
      JSON.stringify(one.status?.conditions ?? []).includes("has no published web v1"),
    );
    await packages.publish(nameIn(source));
    await packages.waitForReason(name, "Draft");
    expect(await createGitReader(env.git, target).files("copy/ws1", "copy")).toEqual({ "a.yaml": "a: 1\n" });
    expect([...(await pushedBy(second))]).toContain(name);
  });

  it("take over the repositories of a killed replica within seconds", async ({ env, packages, replicas }) => {
    const victim = replicas[1] as OperatorProcess;
    const orphaned = await ownedBy(victim, { env, replicas });
    expect(orphaned.length).toBeGreaterThan(0);
    await victim.kill();
    replicas.splice(replicas.indexOf(victim), 1);
    const killed = performance.now();
    // New ones: what was published above can no longer be edited.
    const drafts = await Promise.all(
      orphaned.map((repository) =>
        packages.createDraft({ repository, package: "after", workspace: "ws1" }, { b: "1\n" }),
      ),
    );
    expect((performance.now() - killed) / 1000).toBeGreaterThan(2);
    expect([...(await pushedBy(replicas[0] as OperatorProcess))]).toEqual(expect.arrayContaining(drafts));
  });

  it("hand repositories over to an added replica during edits, and back when it stops", async ({
    env,
    packages,
    replicas,
  }) => {
    let over = false;
    const edit = async (repository: string) => {
      const name = await packages.createDraft({ repository, package: "busy", workspace: "ws1" }, { a: "0\n" });
      let count = 0;
      while (!over) await packages.save(name, { a: `${++count}\n` });
      return { repository, count };
    };
    const edits = Promise.all(REPOSITORIES.map(edit));
    const later = await addOwner(env, replicas);
    await waitUntil("the added replica has pushed", async () => (await pushedBy(later)).size > 0);
    await remove(later, env, replicas);
    over = true;
    for (const { repository, count } of await edits) {
      const git = createGitReader(env.git, repository);
      const words = (await git("log", "--reverse", "--format=%s", "main..busy/ws1")).split("\n");
      expect(words.map((line) => line.split(" ")[0])).toEqual(["Start", ...Array(count + 1).fill("Edit")]);
      expect(await git("show", "busy/ws1:busy/a")).toBe(String(count));
    }
    expect((await later.log()).at(-1)).toMatchObject({ msg: "stopped", late: [] });
  });
});
