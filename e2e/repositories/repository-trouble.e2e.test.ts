import { readFile } from "node:fs/promises";
import { describe, expect } from "vitest";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { ANNOTATION_SYNC } from "../../src/api/v1alpha1/well-known.ts";
import { backoffMs, DEFAULT_BACKOFF } from "../../src/runtime/workqueue/backoff.ts";
import { startGitServer } from "../harness/git-server.ts";
import { findFreePorts } from "../harness/ports.ts";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { startRedirectServer, startTlsProxy, startUnresponsiveServer } from "../testenv/misbehaving-servers.ts";
import { readyReason, type TestEnv } from "../testenv/testenv.ts";
import {
  applySecret,
  rightCredentials,
  type Servers,
  type Trouble,
  troubles,
  waitUntilBackoffIsLong,
  waitUntilTried,
} from "./troubles.ts";

const it = testWithEnv("trouble").extend("servers", { scope: "file" }, async ({ env }, { onCleanup }) => {
  const tls = await startTlsProxy(env.controlPlane, env.git.port);
  const redirect = await startRedirectServer(`http://127.0.0.1:${env.git.port}`);
  onCleanup(async () => {
    // Their Repositories go first: the invariants are checked later, and a server that is gone is another failure.
    const urls = [tls, redirect].map(({ port }) => `:${port}/`);
    const all = await env.as("admin").getJson<{ readonly items: readonly Repository[] }>("pkgrepo");
    const own = all.items.filter(({ spec }) => urls.some((url) => spec.git?.url.includes(url)));
    const names = own.map(({ metadata }) => metadata.name);
    if (names.length > 0) await env.as("admin")("delete", "pkgrepo", ...names);
    await Promise.all([tls.close(), redirect.close()]);
  });
  const [closedPort = 0] = await findFreePorts(1);
  await applySecret(env, "wrong-auth", { username: "pkgserver", password: "not-the-password" });
  await applySecret(env, "half-auth", { username: "pkgserver" });
  await applySecret(env, "ca-auth", rightCredentials(env));
  return { tlsPort: tls.port, redirectPort: redirect.port, closedPort } satisfies Servers;
});

/** Longer than the test: what the operator reads, it reads for another reason. */
const SYNC = { interval: "24h" };

/** Waits until the Repository is Synced, before the operator would try again by itself. */
async function waitForSyncAtOnce(env: TestEnv, name: string): Promise<void> {
  const { status } = await waitUntil(`${name} is Synced at once`, async () => await env.repository(name), {
    timeoutMs: backoffMs(6, DEFAULT_BACKOFF, () => 1),
    until: (one) => readyReason(one) === "Synced",
  });
  expect(status?.conditions?.map((one) => [one.type, one.status])).toEqual([["Ready", "True"]]);
}

describe.concurrent("a Repository that cannot be read", () => {
  it.for(troubles)("reports $what: $reason", async ({ name, git, ...expected }: Trouble, { env, servers }) => {
    if (expected.exists) await env.git.createRepository(name);
    await env.applyRepository(name, { sync: SYNC }, git?.(servers));
    const { status } = await env.waitForRepository(name, expected.reason);
    expect(status?.conditions?.map((one) => [one.type, one.status, one.reason])).toEqual([
      ["Ready", "False", expected.reason],
      [expected.stalled ? "Stalled" : "Reconciling", "True", expected.reason],
    ]);
    expect(status?.conditions?.[0]?.message).toMatch(expected.message);
  });

  it("is tried again after longer and longer pauses", async ({ env, servers }) => {
    const url = `http://127.0.0.1:${servers.closedPort}/retried.git`;
    await env.applyRepository("retried", { sync: SYNC }, { url });
    const gaps = await waitUntilBackoffIsLong(env, "retried");
    // Never sooner than the backoff, however busy the machine is. The first gap follows the first failure.
    for (const [index, gap] of gaps.entries()) {
      expect(gap).toBeGreaterThanOrEqual(backoffMs(index + 1, DEFAULT_BACKOFF, () => 1) - 5);
    }
  });

  it("does not send its password to the target of a redirect", async ({ env, servers }) => {
    const url = `http://127.0.0.1:${servers.redirectPort}/redirect-target.git`;
    await env.applyRepository("redirected-again", { sync: SYNC }, { url });
    await env.waitForRepository("redirected-again", "RedirectRefused");
    expect(env.git.requests().filter((one) => one.path.startsWith("/redirect-target.git"))).toEqual([]);
  });
});

describe.concurrent("a problem that is solved on the remote", () => {
  it("is noticed by the next try: a server that starts", async ({ env }) => {
    const [port = 0] = await findFreePorts(1);
    await env.git.createRepository("late-server");
    await env.applyRepository("late-server", { sync: SYNC }, { url: `http://127.0.0.1:${port}/late-server.git` });
    await env.waitForRepository("late-server", "ConnectionFailed");
    const root = env.git.path("").replace(/\/\.git$/, "");
    const server = await startGitServer({ root, port });
    try {
      await env.waitForRepository("late-server", "Synced");
    } finally {
      await server.stop();
    }
  });

  it("is noticed by the next try: a branch that is created", async ({ env }) => {
    await env.git.createRepository("late-branch");
    await env.applyRepository("late-branch", { sync: SYNC }, { ref: "stable" });
    await env.waitForRepository("late-branch", "BranchNotFound");
    await pushExternally(env.git, "late-branch", { branch: "stable", files: { "web/a.yaml": "a\n" } });
    await env.waitForRepository("late-branch", "Synced");
  });

  it("is solved in the spec: the branch has another name; while it is there, its name stays", async ({ env }) => {
    await env.git.createRepository("renamed", { initialBranch: "master", seed: { "web/a.yaml": "a\n" } });
    await env.git.git("renamed", "tag", "web/v1", "master");
    await env.applyRepository("renamed", { sync: SYNC });
    const { status } = await env.waitForRepository("renamed", "BranchNotFound");
    expect(status?.conditions?.find(({ type }) => type === "Ready")?.message).toContain(
      "the remote has no branch main (it has master)",
    );
    const setRef = async (ref: string) =>
      await env.as("admin")("patch", "pkgrepo", "renamed", "--type=merge", `--patch={"spec":{"git":{"ref":"${ref}"}}}`);
    await setRef("master");
    await env.waitForRepository("renamed", "Synced");
    await env.waitForReason("catalog.renamed.web.v1", "Published");
    await expect(setRef("main")).rejects.toThrow("git.ref is immutable: create another Repository");
    // The host renames it: the same history goes on under another name.
    await env.git.git("renamed", "branch", "--move", "master", "trunk");
    await env.as("admin")("annotate", "pkgrepo", "renamed", `${ANNOTATION_SYNC}=now`);
    await env.waitForRepository("renamed", "BranchNotFound");
    await setRef("trunk");
    await env.waitForRepository("renamed", "Synced");
    await env.waitForReason("catalog.renamed.web.v1", "Published");
  });

  it("is noticed by the next try: a repository that is created", async ({ env }) => {
    await env.applyRepository("late-repository", { sync: SYNC });
    await env.waitForRepository("late-repository", "RepositoryNotFound");
    await env.git.createRepository("late-repository");
    await env.waitForRepository("late-repository", "Synced");
  });
});

describe.concurrent("a problem that is solved in the cluster", () => {
  interface Solution {
    readonly what: string;
    readonly name: string;
    /** Fields of spec.git. */
    readonly git: (servers: Servers, secret: string) => Readonly<Record<string, unknown>>;
    /** The Secret's data at first; absent: there is no Secret. */
    readonly before?: (env: TestEnv) => Readonly<Record<string, string>>;
    readonly solve: (env: TestEnv, secret: string) => Promise<unknown>;
  }
  const withSecret: Solution["git"] = (_, credentials) => ({ credentials });
  const writeRight: Solution["solve"] = (env, secret) => applySecret(env, secret, rightCredentials(env));
  const solutions: readonly Solution[] = [
    {
      what: "the right password in the Secret",
      name: "solved-password",
      git: withSecret,
      before: () => ({ username: "pkgserver", password: "not-the-password" }),
      solve: writeRight,
    },
    { what: "the missing Secret", name: "solved-secret", git: withSecret, solve: writeRight },
    {
      what: "the missing password in the Secret",
      name: "solved-half",
      git: withSecret,
      before: () => ({ username: "pkgserver" }),
      solve: writeRight,
    },
    {
      what: "the authority's certificate in the Secret",
      name: "solved-ca",
      git: ({ tlsPort }, credentials) => ({ url: `https://127.0.0.1:${tlsPort}/solved-ca.git`, credentials }),
      before: rightCredentials,
      solve: async (env, secret) =>
        await applySecret(env, secret, { "ca.crt": await readFile(env.controlPlane.caFile, "utf8") }),
    },
    {
      what: "a Secret's name in the spec",
      name: "solved-spec",
      git: () => ({ credentials: undefined }),
      solve: (env) =>
        env.as("admin")(
          ...["patch", "pkgrepo", "solved-spec", "--type=merge"],
          '--patch={"spec":{"git":{"credentials":"git-auth"}}}',
        ),
    },
  ];
  it.for(solutions)("is noticed at once: $what", async ({ name, git, before, solve }, { env, servers }) => {
    const secret = `${name}-auth`;
    await env.git.createRepository(name);
    if (before !== undefined) await applySecret(env, secret, before(env));
    await env.applyRepository(name, { sync: SYNC }, git(servers, secret));
    await waitUntilBackoffIsLong(env, name);
    await solve(env, secret);
    await waitForSyncAtOnce(env, name);
  });

  it("is noticed at once, and so is a wrong password in place of a right one", async ({ env }) => {
    await env.git.createRepository("breaks");
    await applySecret(env, "breaks-auth", rightCredentials(env));
    await env.register("breaks", { sync: SYNC }, { credentials: "breaks-auth" });
    await applySecret(env, "breaks-auth", { password: "not-the-password" });
    await waitUntil("breaks is refused", async () => await env.repository("breaks"), {
      timeoutMs: backoffMs(6, DEFAULT_BACKOFF, () => 1),
      until: (one) => readyReason(one) === "AuthenticationFailed",
    });
    await waitUntilTried(env, "breaks", 1);
  });
});

describe("servers that accept a connection and never respond", () => {
  it("do not block other Repositories", async ({ env }) => {
    const server = await startUnresponsiveServer();
    try {
      const url = `http://127.0.0.1:${server.port}/x.git`;
      const names = ["silent-1", "silent-2", "silent-3", "silent-4", "silent-5"];
      await Promise.all(names.map((name) => env.applyRepository(name, {}, { url, directory: name })));
      await env.git.createRepository("responsive");
      await env.register("responsive");
    } finally {
      await server.close();
    }
  });
});
