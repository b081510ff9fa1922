import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { backoffMs, DEFAULT_BACKOFF } from "../../src/runtime/workqueue/backoff.ts";
import { startGitServer } from "../harness/git-server.ts";
import { findFreePorts } from "../harness/ports.ts";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import {
  type LocalServer,
  startRedirectServer,
  startTlsProxy,
  startUnresponsiveServer,
} from "../testenv/misbehaving-servers.ts";
import { readyReason, startTestEnv, type TestEnv } from "../testenv/testenv.ts";

let env: TestEnv;
let tls: LocalServer;
let redirect: LocalServer;
let closedPort: number;

/** What is wrong with a Repository, and what its condition says. `stalled`: only a person can help. */
interface Trouble {
  readonly what: string;
  readonly name: string;
  readonly git?: () => Readonly<Record<string, unknown>>;
  readonly reason: string;
  readonly stalled: boolean;
  readonly message: RegExp;
}

const troubles: readonly Trouble[] = [
  {
    what: "a URL whose path leads nowhere",
    name: "no-path",
    reason: "RepositoryNotFound",
    stalled: true,
    message: /no-path\.git.*not found/,
  },
  {
    what: "a branch that is not there",
    name: "no-branch",
    git: () => ({ ref: "stable" }),
    reason: "BranchNotFound",
    stalled: true,
    message: /no branch stable: spec\.git\.ref must name a branch that is there/,
  },
  {
    what: "the wrong password",
    name: "password",
    git: () => ({ credentials: "wrong-auth" }),
    reason: "AuthenticationFailed",
    stalled: true,
    message: /look at the Secret wrong-auth \(spec\.git\.credentials\)/,
  },
  {
    what: "no password where one is needed",
    name: "nobody",
    git: () => ({ credentials: undefined }),
    reason: "AuthenticationFailed",
    stalled: true,
    message: /name a Secret in spec\.git\.credentials/,
  },
  {
    what: "a Secret that is not there",
    name: "no-secret",
    git: () => ({ credentials: "later-auth" }),
    reason: "SecretNotFound",
    stalled: true,
    message: /no Secret later-auth \(spec\.git\.credentials\) in this namespace/,
  },
  {
    what: "a Secret without a password",
    name: "half-secret",
    git: () => ({ credentials: "half-auth" }),
    reason: "InvalidCredentials",
    stalled: true,
    message: /Secret half-auth has no username and password: kubernetes\.io\/basic-auth/,
  },
  {
    what: "a host that nobody knows",
    name: "no-host",
    git: () => ({ url: "http://git.example.invalid/x.git" }),
    reason: "HostNotFound",
    stalled: false,
    message: /git\.example\.invalid/,
  },
  {
    what: "a port where nobody listens",
    name: "no-port",
    git: () => ({ url: `http://127.0.0.1:${closedPort}/no-port.git` }),
    reason: "ConnectionFailed",
    stalled: false,
    message: /127\.0\.0\.1.*port/,
  },
  {
    what: "a certificate of an unknown authority",
    name: "no-ca",
    git: () => ({ url: `https://127.0.0.1:${tls.port}/no-ca.git`, credentials: "ca-auth" }),
    reason: "TLSFailed",
    stalled: true,
    message: /certificate/i,
  },
  {
    what: "a server that sends it elsewhere",
    name: "redirected",
    git: () => ({ url: `http://127.0.0.1:${redirect.port}/catalog.git` }),
    reason: "RedirectRefused",
    stalled: true,
    message: /redirect|302/i,
  },
];

const applySecret = async (name: string, stringData: Readonly<Record<string, string>>) =>
  await env.as("admin").applyYaml(JSON.stringify({ apiVersion: "v1", kind: "Secret", metadata: { name }, stringData }));
const rightData = () => ({ username: "pkgserver", password: env.password });
const servedAtFirst = ["catalog", "no-branch", "password", "nobody", "no-secret", "half-secret", "no-ca"];

/** How often the operator has tried, and the milliseconds between the tries, as its log tells. */
async function tries(name: string): Promise<readonly number[]> {
  const lines = (await env.operator.log()).filter(
    (line) => line.object === `${env.namespace}/${name}` && String(line.msg).startsWith("reconcile failed"),
  );
  const times = lines.map((line) => Date.parse(String(line.ts)));
  return times.slice(1).map((time, index) => time - (times[index] ?? 0));
}

/** Waits until the next try by itself is seconds away, so that one within `atOnce` is an answer to what has changed. */
async function waitOutBackoff(name: string): Promise<void> {
  await waitUntil(`${name} has failed six times`, async () => (await tries(name)).length >= 5);
}
const atOnce = {
  timeoutMs: backoffMs(6, DEFAULT_BACKOFF, () => 1),
  until: (one: Repository) => readyReason(one) === "Synced",
};

beforeAll(async () => {
  env = await startTestEnv("trouble");
  tls = await startTlsProxy(env.controlPlane, env.git.port);
  redirect = await startRedirectServer(`http://127.0.0.1:${env.git.port}`);
  closedPort = (await findFreePorts(1))[0] ?? 0;
  await Promise.all(servedAtFirst.map((name) => env.git.createRepository(name)));
  await applySecret("wrong-auth", { username: "pkgserver", password: "not-the-password" });
  await applySecret("half-auth", { username: "pkgserver" });
  await applySecret("ca-auth", rightData());
  await Promise.all(troubles.map(({ name, git }) => env.applyRepository(name, { sync: { interval: "24h" } }, git?.())));
});
afterAll(async () => {
  await env?.end();
  await redirect?.close();
  await tls?.close();
});

describe("a Repository that cannot be read", () => {
  it.each(troubles)("names $what: $reason", async ({ name, reason, stalled, message }) => {
    const { status } = await env.waitForRepository(name, reason);
    expect(status?.conditions?.map((one) => [one.type, one.status, one.reason])).toEqual([
      ["Ready", "False", reason],
      [stalled ? "Stalled" : "Reconciling", "True", reason],
    ]);
    expect(status?.conditions?.[0]?.message).toMatch(message);
  });

  it("is tried again, after longer and longer", async () => {
    await waitOutBackoff("no-port");
    // Never sooner than the backoff says, however busy the machine is; the first gap is after the first failure.
    for (const [index, gap] of (await tries("no-port")).entries()) {
      expect(gap).toBeGreaterThanOrEqual(backoffMs(index + 1, DEFAULT_BACKOFF, () => 1) - 5);
    }
  });

  it("never had its password sent to where a redirect leads", () => {
    expect(env.git.requests().filter((one) => one.path.startsWith("/catalog.git"))).toEqual([]);
  });
});

describe("what mends itself on the remote", () => {
  it("is noticed by the next try: a server, a branch and a repository that come back", async () => {
    const root = env.git.path("").replace(/\/\.git$/, "");
    const [server] = await Promise.all([
      startGitServer({ root, port: closedPort }),
      pushExternally(env.git, "no-branch", { branch: "stable", files: { "web/a.yaml": "a\n" } }),
      env.git.createRepository("no-port"),
      env.git.createRepository("no-path"),
    ]);
    try {
      const names = ["no-port", "no-branch", "no-path"];
      await Promise.all(names.map((name) => env.waitForRepository(name, "Synced")));
    } finally {
      await server.stop();
    }
  });
});

describe("mending", () => {
  const mended: readonly [what: string, name: string, mend: () => Promise<unknown>][] = [
    ["the Secret's password", "password", () => applySecret("wrong-auth", rightData())],
    ["the Secret, which is made", "no-secret", () => applySecret("later-auth", rightData())],
    ["the Secret, which gets what it lacked", "half-secret", () => applySecret("half-auth", rightData())],
    [
      "the Secret, which gets the authority's certificate",
      "no-ca",
      async () => applySecret("ca-auth", { "ca.crt": await readFile(env.controlPlane.caFile, "utf8") }),
    ],
    [
      "the spec, which names a Secret",
      "nobody",
      () =>
        env.as("admin")(
          "patch",
          "pkgrepo",
          "nobody",
          "--type=merge",
          '--patch={"spec":{"git":{"credentials":"git-auth"}}}',
        ),
    ],
  ];
  it.each(mended)("is noticed at once: %s", async (_, name, mend) => {
    await waitOutBackoff(name);
    await mend();
    const { status } = await waitUntil(`${name} is mended`, async () => await env.repository(name), atOnce);
    expect(status?.conditions?.map((one) => [one.type, one.status])).toEqual([["Ready", "True"]]);
  });

  it("is noticed at once when it breaks what was fine", async () => {
    await applySecret("later-auth", { password: "not-the-password" });
    await waitUntil("no-secret is refused", async () => await env.repository("no-secret"), {
      timeoutMs: atOnce.timeoutMs,
      until: (one) => readyReason(one) === "AuthenticationFailed",
    });
  });
});

describe("servers that take a connection and never answer", () => {
  it("hold up nobody else", async () => {
    const silence = await startUnresponsiveServer();
    try {
      const url = `http://127.0.0.1:${silence.port}/x.git`;
      const names = ["silent-1", "silent-2", "silent-3", "silent-4", "silent-5"];
      await Promise.all(names.map((name) => env.applyRepository(name, {}, { url, directory: name })));
      await env.register("catalog");
    } finally {
      await silence.close();
    }
  });
});
