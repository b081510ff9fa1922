import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { backoffMs, DEFAULT_BACKOFF } from "../../../src/runtime/workqueue/backoff.ts";
import { waitUntil } from "../../harness/wait.ts";
import { pushExternally } from "../../testenv/external-push.ts";
import { startFaultyProxy } from "../../testenv/faulty-proxy.ts";
import { type Fixtures, testWithEnv } from "../../testenv/fixtures.ts";
import { countPushes, createGitReader, type GitReader } from "../../testenv/git-reader.ts";
import type { PackageID, Packages } from "../../testenv/packages.ts";
import type { TestEnv } from "../../testenv/testenv.ts";

const it = testWithEnv("refused", { operator: { gitTimeouts: { push: "10s" } } });

const id = (repository: string, name = "net"): PackageID => ({ repository, package: name, workspace: "one" });
const messageOf = async (packages: Packages, name: string) =>
  (await packages.get(name)).status?.conditions?.find((one) => one.type === "Ready")?.message ?? "";

async function register(env: TestEnv, repository: string): Promise<GitReader> {
  await env.git.createRepository(repository);
  await env.register(repository);
  return createGitReader(env.git, repository);
}

/** Registers a repository with this many proposals. */
async function createProposals(
  { env, packages }: Fixtures,
  repository: string,
  count: number,
): Promise<{ git: GitReader; names: readonly string[] }> {
  const git = await register(env, repository);
  const ids = Array.from({ length: count }, (_, at) => id(repository, `p${at}`));
  const names = await Promise.all(ids.map((one) => packages.createDraft(one, { "a.yaml": "a: 1\n" })));
  await Promise.all(names.map((name) => packages.propose(name)));
  return { git, names };
}

const approve = async (packages: Packages, names: readonly string[]) =>
  await Promise.all(names.map((name) => packages.approve(name)));

/** The times of the operator's failures with a package revision, from its log, in milliseconds. */
async function failuresOf(env: TestEnv, name: string): Promise<readonly number[]> {
  const lines = (await env.operator.log()).filter(
    (line) => line.object === `${env.namespace}/${name}` && String(line.msg).startsWith("reconcile failed"),
  );
  return lines.map((line) => Date.parse(String(line.ts)));
}

/** Expects each retry not to be earlier than the backoff, however busy the machine is. */
function expectBackoff(times: readonly number[]): void {
  for (const [at, time] of times.slice(1).entries())
    expect(time - (times[at] ?? 0)).toBeGreaterThanOrEqual(backoffMs(at + 1, DEFAULT_BACKOFF, () => 1) - 5);
}

describe.concurrent("a hook that rejects every push", () => {
  it("is reported by each package revision, is retried with backoff, and all publish once it accepts", async ({
    env,
    packages,
  }) => {
    const { git, names } = await createProposals({ env, packages }, "freeze", 6);
    await env.git.setHooks("freeze", { preReceive: 'echo "change freeze until Monday" >&2\nexit 1\n' });
    const [refs, pushes] = [await git("for-each-ref"), countPushes(env.git, "freeze")];
    await approve(packages, names);
    for (const name of names) {
      const { status } = await packages.waitForReason(name, "PushRejected");
      expect(status?.lifecycle).toBe("proposed");
      expect(status?.conditions?.map((one) => [one.type, one.status])).toEqual([
        ["Ready", "False"],
        ["Stalled", "True"],
        ["FilesValid", "True"],
        ["Rendered", "True"],
        ["Validated", "True"],
      ]);
      expect(await messageOf(packages, name)).toContain("change freeze until Monday");
    }
    await Promise.all(
      names.map((name) =>
        waitUntil(`${name} was refused five times`, async () => (await failuresOf(env, name)).length >= 5),
      ),
    );
    const tried = countPushes(env.git, "freeze") - pushes;
    const failures = await Promise.all(names.map((name) => failuresOf(env, name)));
    failures.forEach(expectBackoff);
    // A rejected batch is bisected: at most one more push for each package.
    expect(tried).toBeLessThan(2 * failures.flat().length);
    expect(await git("for-each-ref")).toBe(refs);
    await env.git.setHooks("freeze", { preReceive: null });
    await Promise.all(names.map((name) => packages.waitForReason(name, "Published")));
    expect(await git.count("main")).toBe(1 + names.length);
    expect(await git.refs()).toEqual(names.map((_, at) => `tags/p${at}/v1`));
  });

  it("is not retried earlier for a changing message, but at once for a requested sync of the Repository", async ({
    env,
    packages,
  }) => {
    const { names } = await createProposals({ env, packages }, "asked", 1);
    const [name = ""] = names;
    await env.git.setHooks("asked", { preReceive: 'echo "refused at $(date +%s.%N)" >&2\nexit 1\n' });
    await approve(packages, names);
    const failed = async (times: number) =>
      await waitUntil(`${name} was refused ${times} times`, () => failuresOf(env, name), {
        until: (failures) => failures.length >= times,
      });
    expectBackoff(await failed(7));
    await env.sync("asked");
    const [last = 0, next = 0] = (await failed(8)).slice(6);
    expect(next - last).toBeLessThan(backoffMs(7, DEFAULT_BACKOFF, () => 1));
    await env.git.setHooks("asked", { preReceive: null });
    await env.sync("asked");
    await packages.waitForReason(name, "Published");
  });
});

describe.concurrent("a hook that hangs", () => {
  it("is reported at the time limit; fetches and other repositories continue; nothing is pushed twice", async ({
    env,
    packages,
  }) => {
    const { git, names } = await createProposals({ env, packages }, "hang", 2);
    await register(env, "other");
    const wait = join(env.git.path("hang"), "wait");
    await writeFile(wait, "");
    await env.git.setHooks("hang", { preReceive: `while [ -e '${wait}' ]; do sleep 0.1; done\n` });
    const pushes = countAttempts(env, "hang");
    await approve(packages, names);
    await packages.createPublished(id("other"), { "a.yaml": "a: 1\n" });
    for (const name of names) await packages.waitForReason(name, "Timeout");
    expect(await messageOf(packages, names[0] ?? "")).toBe("git push did not end within 10 s");
    // One push for both or one for each, and no more before the condition reports it.
    expect(countAttempts(env, "hang") - pushes).toBeLessThanOrEqual(3);
    await pushExternally(env.git, "hang", { files: { "web/a.yaml": "a: 1\n" }, tags: ["web/v1"] });
    await env.sync("hang");
    await packages.waitForReason("catalog.hang.web.v1", "Published");
    await rm(wait);
    await Promise.all(names.map((name) => packages.waitForReason(name, "Published")));
    expect(await git.refs()).toEqual(["tags/p0/v1", "tags/p1/v1", "tags/web/v1"]);
    expect((await git("log", "--format=%s", "main")).split("\n").sort()).toEqual([
      "A change",
      "First commit",
      "Publish p0 v1",
      "Publish p1 v1",
    ]);
  });
});

describe.concurrent("a remote that can be read and fails with every push", () => {
  it("is reported, and retried with backoff", async ({ env, packages }) => {
    const proxy = await startFaultyProxy(env.git);
    try {
      await env.git.createRepository("broken");
      await env.register("broken", {}, { url: proxy.url("broken") });
      proxy.setFaults((purpose) => (purpose === "push" ? "status" : undefined));
      const name = await packages.create(id("broken"));
      await packages.waitForReason(name, "ConnectionFailed");
      const failures = await waitUntil(`${name} has failed five times`, () => failuresOf(env, name), {
        until: (all) => all.length >= 5,
      });
      // A broken connection is retried at once, but only a few times. The next try may be under way.
      expect(proxy.failures().length).toBeLessThanOrEqual(3 * (failures.length + 1));
      proxy.setFaults(() => undefined);
      await packages.waitForReason(name, "Draft");
    } finally {
      await proxy.close();
    }
  });
});

describe.concurrent("a remote that rejects pushes for a long time", () => {
  it("is retried with the next sync, before the backoff has passed", async ({ env, packages }) => {
    const proxy = await startFaultyProxy(env.git);
    try {
      await env.git.createRepository("outage");
      await env.register("outage", { sync: { interval: "2s" } }, { url: proxy.url("outage") });
      proxy.setFaults((purpose) => (purpose === "push" ? "status" : undefined));
      const name = await packages.create(id("outage"));
      const failures = await waitUntil(`${name} has failed ten times`, () => failuresOf(env, name), {
        until: (all) => all.length >= 10,
      });
      const [before = 0, last = 0] = failures.slice(8);
      expect(last - before).toBeLessThan(backoffMs(9, DEFAULT_BACKOFF, () => 1));
      proxy.setFaults(() => undefined);
      await packages.waitForReason(name, "Draft");
    } finally {
      await proxy.close();
    }
  });
});

/** The number of pushes, with or without a response. */
function countAttempts(env: TestEnv, repository: string): number {
  return env.git
    .requests()
    .filter(({ method, path }) => method === "POST" && path === `/${repository}.git/git-receive-pack`).length;
}

describe.concurrent("a protected main", () => {
  /** As Git hosts do: pushes to one branch are rejected, others are not. */
  const protect = (env: TestEnv, repository: string) =>
    env.git.setHooks(repository, {
      update: 'if [ "$1" = refs/heads/main ]; then echo "Protected branch: open a pull request" >&2; exit 1; fi\n',
    });

  async function createRefused(
    { env, packages }: Fixtures,
    repository: string,
  ): Promise<{ git: GitReader; name: string }> {
    const { git, names } = await createProposals({ env, packages }, repository, 1);
    const [name = ""] = names;
    await protect(env, repository);
    const before = await git("for-each-ref");
    await approve(packages, names);
    await packages.waitForReason(name, "PushRejected");
    expect(await messageOf(packages, name)).toContain("refs/heads/main");
    expect(await messageOf(packages, name)).toContain("Protected branch: open a pull request");
    // The push is atomic: no tag without its folder on main.
    expect(await git("for-each-ref")).toBe(before);
    return { git, name };
  }

  it("blocks publications, not drafts; with tagOnly it does not block, and main is unchanged", async ({
    env,
    packages,
  }) => {
    const { git, name } = await createRefused({ env, packages }, "tags-alone");
    const main = await git("rev-parse", "main");
    await packages.createDraft(id("tags-alone", "more"), { "b.yaml": "b: 1\n" });
    await packages.request("carol", "merge", "repositories/tags-alone", { spec: { publish: "tagOnly" } });
    const { status } = await packages.waitForReason(name, "Published");
    expect(await git("rev-parse", "main")).toBe(main);
    expect(await git("rev-parse", "p0/v1^{commit}")).toBe(status?.commit);
    expect(await git.files("p0/v1", "p0")).toEqual({ "a.yaml": "a: 1\n" });
  });

  it("allows taking the approval back: the package stays a draft", async ({ env, packages }) => {
    const { git, name } = await createRefused({ env, packages }, "taken-back");
    // Refused while a try is under way, since its result is unknown.
    await waitUntil(`${name} is taken back`, async () => {
      const { status } = await packages.get(name);
      expect(status?.waitingFor ?? ["PushRejected"]).toEqual(["PushRejected"]);
      return await packages.setLifecycle(name, "draft").then(
        () => true,
        (error: Error) => !error.message.includes("status.waitingFor says what it waits for"),
      );
    });
    await packages.waitForReason(name, "Draft");
    await env.git.setHooks("taken-back", { update: null });
    await env.sync("taken-back");
    expect((await packages.get(name)).status).not.toHaveProperty("waitingFor");
    expect(await git.refs()).toEqual(["heads/p0/one"]);
  });

  it("no longer blocks once the operator may push", async ({ env, packages }) => {
    const { git, name } = await createRefused({ env, packages }, "permitted");
    await env.git.setHooks("permitted", { update: null });
    await packages.waitForReason(name, "Published");
    expect(await git.files("main")).toEqual({ "p0/a.yaml": "a: 1\n" });
  });
});
