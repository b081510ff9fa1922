import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OperatorProcess } from "../../harness/operator.ts";
import { waitUntil } from "../../harness/wait.ts";
import { createGitReader } from "../../testenv/git-reader.ts";
import { createPackages, type Packages } from "../../testenv/packages.ts";
import { findOwner, startReplica, waitForReplicas } from "../../testenv/replicas.ts";
import { startTestEnv, type TestEnv } from "../../testenv/testenv.ts";

const REPOSITORIES = Array.from({ length: 8 }, (_, index) => `team-${index}`);
const WORKSPACE = { package: "web", workspace: "ws1" } as const;

let env: TestEnv;
let packages: Packages;
let replicas: OperatorProcess[];

beforeAll(async () => {
  env = await startTestEnv("replicas", { operator: { leaseDuration: "8s" } });
  packages = await createPackages(env);
  replicas = [env.operator, await startReplica(env)];
  await waitForReplicas(env, replicas);
  await Promise.all(
    REPOSITORIES.map(async (one) => {
      await env.git.createRepository(one);
      await env.register(one);
    }),
  );
});

afterAll(async () => {
  await Promise.all((replicas ?? []).map((one) => one.stop()));
  await env?.end();
});

/** The packages that a replica has pushed, as its log tells. */
async function pushedBy(replica: OperatorProcess): Promise<ReadonlySet<string>> {
  const lines = (await replica.log()).filter((line) => line.msg === "pushed");
  return new Set(lines.map((line) => String(line.object).split("/")[1] ?? ""));
}

const nameIn = (repository: string) => `catalog.${repository}.web.ws1`;

async function ownedBy(replica: OperatorProcess): Promise<readonly string[]> {
  const owners = REPOSITORIES.map(async (one) => [one, await findOwner(env, one, replicas)] as const);
  return (await Promise.all(owners)).flatMap(([one, owner]) => (owner === replica ? [one] : []));
}

describe("replicas", () => {
  it("share the work: what belongs to one remote is one replica's", async () => {
    await Promise.all(
      REPOSITORIES.map((repository) => packages.createDraft({ repository, ...WORKSPACE }, { "a.yaml": "a: 1\n" })),
    );
    for (const replica of replicas) {
      expect([...(await pushedBy(replica))].sort()).toEqual((await ownedBy(replica)).map(nameIn).sort());
    }
  });

  it("are all ready", async () => {
    for (const { url } of replicas) expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  it("make a draft from a package that is another replica's work, and wait for it there", async () => {
    const [first, second] = replicas as [OperatorProcess, OperatorProcess];
    const [source = "", target = ""] = [(await ownedBy(first))[0], (await ownedBy(second))[0]];
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

  it("take over within seconds what one that is killed leaves behind", async () => {
    const victim = replicas[1] as OperatorProcess;
    const orphaned = await ownedBy(victim);
    expect(orphaned.length).toBeGreaterThan(0);
    await victim.kill();
    replicas = replicas.filter((one) => one !== victim);
    const killed = performance.now();
    // One that was published above is edited no more.
    const drafts = await Promise.all(
      orphaned.map((repository) =>
        packages.createDraft({ repository, package: "after", workspace: "ws1" }, { b: "1\n" }),
      ),
    );
    expect((performance.now() - killed) / 1000).toBeGreaterThan(2);
    expect([...(await pushedBy(replicas[0] as OperatorProcess))]).toEqual(expect.arrayContaining(drafts));
  });

  it("hand work over to one that comes, in the midst of edits, and back when it stops", async () => {
    let over = false;
    const edit = async (repository: string) => {
      const name = await packages.createDraft({ repository, package: "busy", workspace: "ws1" }, { a: "0\n" });
      let count = 0;
      while (!over) await packages.save(name, { a: `${++count}\n` });
      return { repository, count };
    };
    const edits = Promise.all(REPOSITORIES.map(edit));
    const later = await startReplica(env);
    replicas = [...replicas, later];
    await waitForReplicas(env, replicas);
    await waitUntil("the new one has work", async () => (await pushedBy(later)).size > 0);
    await later.stop();
    replicas = replicas.filter((one) => one !== later);
    await waitForReplicas(env, replicas);
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
