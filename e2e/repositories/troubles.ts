import { waitUntil } from "../harness/wait.ts";
import type { TestEnv } from "../testenv/testenv.ts";

/** Ports on loopback: TLS in front of the git server, a server of redirects to it, and one where no server listens. */
export interface Servers {
  readonly tlsPort: number;
  readonly redirectPort: number;
  readonly closedPort: number;
}

/** A problem of a Repository, and what its condition says. */
export interface Trouble {
  readonly what: string;
  readonly name: string;
  /** The git server has a repository of this name. */
  readonly exists?: boolean;
  /** Fields of spec.git. */
  readonly git?: (servers: Servers) => Readonly<Record<string, unknown>>;
  readonly reason: string;
  /** Only a person can solve it. */
  readonly stalled: boolean;
  readonly message: RegExp;
}

/** The Secrets `wrong-auth`, `half-auth` (without a password) and `ca-auth` (without a certificate) are expected. */
export const troubles: readonly Trouble[] = [
  {
    what: "a URL whose path does not exist",
    name: "no-path",
    reason: "RepositoryNotFound",
    stalled: true,
    message: /no-path\.git.*not found/,
  },
  {
    what: "a missing branch",
    name: "no-branch",
    exists: true,
    git: () => ({ ref: "stable" }),
    reason: "BranchNotFound",
    stalled: true,
    message: /no branch stable \(it has main\): push it, or name a branch that is there in spec\.git\.ref/,
  },
  {
    what: "the wrong password",
    name: "password",
    exists: true,
    git: () => ({ credentials: "wrong-auth" }),
    reason: "AuthenticationFailed",
    stalled: true,
    message: /look at the Secret wrong-auth \(spec\.git\.credentials\)/,
  },
  {
    what: "no password where one is required",
    name: "anonymous",
    exists: true,
    git: () => ({ credentials: undefined }),
    reason: "AuthenticationFailed",
    stalled: true,
    message: /name a Secret in spec\.git\.credentials/,
  },
  {
    what: "a missing Secret",
    name: "no-secret",
    exists: true,
    git: () => ({ credentials: "missing-auth" }),
    reason: "SecretNotFound",
    stalled: true,
    message: /no Secret missing-auth \(spec\.git\.credentials\) in this namespace/,
  },
  {
    what: "a Secret without a password",
    name: "half-secret",
    exists: true,
    git: () => ({ credentials: "half-auth" }),
    reason: "InvalidCredentials",
    stalled: true,
    message: /Secret half-auth has no username and password: kubernetes\.io\/basic-auth/,
  },
  {
    what: "a host that does not exist",
    name: "no-host",
    git: () => ({ url: "http://git.example.invalid/x.git" }),
    reason: "HostNotFound",
    stalled: false,
    message: /git\.example\.invalid/,
  },
  {
    what: "a closed port",
    name: "no-port",
    git: ({ closedPort }) => ({ url: `http://127.0.0.1:${closedPort}/no-port.git` }),
    reason: "ConnectionFailed",
    stalled: false,
    message: /127\.0\.0\.1.*port/,
  },
  {
    what: "a certificate of an unknown authority",
    name: "no-ca",
    exists: true,
    git: ({ tlsPort }) => ({ url: `https://127.0.0.1:${tlsPort}/no-ca.git`, credentials: "ca-auth" }),
    reason: "TLSFailed",
    stalled: true,
    message: /certificate/i,
  },
  {
    what: "a redirect",
    name: "redirected",
    exists: true,
    git: ({ redirectPort }) => ({ url: `http://127.0.0.1:${redirectPort}/redirected.git` }),
    reason: "RedirectRefused",
    stalled: true,
    message: /redirect|302/i,
  },
];

export async function applySecret(
  env: TestEnv,
  name: string,
  stringData: Readonly<Record<string, string>>,
): Promise<void> {
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name }, stringData };
  await env.as("admin").applyYaml(JSON.stringify(secret));
}

/** The data of a Secret with the git server's password. */
export function rightCredentials(env: TestEnv): Readonly<Record<string, string>> {
  return { username: "pkgserver", password: env.password };
}

/** The times of the operator's failures with a Repository, from its log, in milliseconds. */
async function failureTimes(env: TestEnv, name: string): Promise<readonly number[]> {
  const lines = (await env.operator.log()).filter(
    (line) => line.object === `${env.namespace}/${name}` && String(line.msg).startsWith("reconcile failed"),
  );
  return lines.map((line) => Date.parse(String(line.ts)));
}

/** Waits for a number of failures, and returns the milliseconds between them. */
export async function waitUntilTried(env: TestEnv, name: string, count: number): Promise<readonly number[]> {
  const times = await waitUntil(`${name} has failed ${count} times`, async () => await failureTimes(env, name), {
    until: (all) => all.length >= count,
  });
  return times.slice(1).map((time, index) => time - (times[index] ?? 0));
}

/** Waits for six failures: then the next try by itself is seconds away, and an earlier one has another cause. */
export async function waitUntilBackoffIsLong(env: TestEnv, name: string): Promise<readonly number[]> {
  return await waitUntilTried(env, name, 6);
}
