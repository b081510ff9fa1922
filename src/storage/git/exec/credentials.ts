import { chmod, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GitError } from "../errors.ts";
import type { ConfigPair, Environment, GitLimits } from "./environment.ts";
import { mkdirp } from "./mkdirp.ts";
import type { RemoteAccess } from "./remote-access.ts";
import { groupScript } from "./run-git.ts";

/** How a child gets at a remote: configuration and variables for its environment, and what must never be shown. */
export interface PreparedCredentials {
  readonly config: readonly ConfigPair[];
  readonly variables: Environment;
  readonly secrets: readonly string[];
}

/** The script that network commands run through, in the folder. */
export const groupScriptName = "run-group.sh";

/**
 * Readies `folder` (0700) for a remote. What is there stays in use until what is new is complete: commands that run meanwhile,
 * or after a disk that was too full for this, find a whole script and whole keys.
 *
 * Passwords and tokens travel as an `http.<origin>.extraHeader` in the environment, which only our own user can read:
 * unlike a credential helper that spares the refused first request of every command and needs no shell. It is bound to
 * the origin, and redirects are off, so no other host ever sees it. ssh and TLS libraries read only files: these are 0600
 * and go with `removeAccess`, or when the next process opens the mirror.
 */
export async function prepareCredentials(
  folder: string,
  remote: RemoteAccess,
  limits: GitLimits,
): Promise<PreparedCredentials> {
  await mkdirp(folder, 0o700);
  await chmod(folder, 0o700);
  const kept = new Set<string>();
  const keep = async (name: string, content: string): Promise<string> => {
    kept.add(name);
    return await replaceFile(join(folder, name), content);
  };
  await keep(groupScriptName, groupScript(limits));
  const access = await prepare(remote, keep);
  const old = (await readdir(folder)).filter((name) => !kept.has(name));
  await Promise.all(old.map((name) => rm(join(folder, name), { recursive: true, force: true })));
  return access;
}

async function prepare(
  remote: RemoteAccess,
  keep: (name: string, content: string) => Promise<string>,
): Promise<PreparedCredentials> {
  const config: ConfigPair[] = [];
  if (remote.caCertificate !== undefined) {
    config.push(["http.sslCAInfo", await keep("ca.crt", remote.caCertificate)]);
  }
  const credentials = remote.credentials;
  switch (credentials?.kind) {
    case undefined:
      return { config, variables: {}, secrets: [] };
    case "basic": {
      const { username, password } = credentials;
      if (username.includes(":")) throw new GitError("InvalidCredentials", "the user name holds a colon");
      const encoded = Buffer.from(`${username}:${password}`).toString("base64");
      config.push(authorization(remote.url, `Basic ${encoded}`));
      return { config, variables: {}, secrets: [encoded, ...formsOf(password)] };
    }
    case "bearer": {
      const token = credentials.token.trim();
      if (!/^[\x21-\x7e]+$/.test(token)) throw new GitError("InvalidCredentials", "the token holds blanks or is empty");
      config.push(authorization(remote.url, `Bearer ${token}`));
      return { config, variables: {}, secrets: formsOf(token) };
    }
    case "ssh": {
      const key = await keep("id", `${credentials.privateKey.trimEnd()}\n`);
      const hosts = await keep("known_hosts", credentials.knownHosts);
      return { config, variables: sshVariables(key, hosts), secrets: [] };
    }
  }
}

export async function removeCredentials(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** A secret as a remote may hand it back, the longest form first. */
function formsOf(secret: string): string[] {
  const forms = new Set([secret, encodeURIComponent(secret.toWellFormed()), Buffer.from(secret).toString("base64")]);
  return [...forms].sort((a, b) => b.length - a.length);
}

/** All of it or nothing: half a script would do nothing, and say that all went well. */
async function replaceFile(path: string, content: string): Promise<string> {
  await writeFile(`${path}.new`, content, { mode: 0o600 });
  await rename(`${path}.new`, path);
  return path;
}

function authorization(url: string, value: string): ConfigPair {
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new GitError("InvalidCredentials", "a password or token needs an https URL");
  }
  return [`http.${new URL(url).origin}/.extraHeader`, `Authorization: ${value}`];
}

function sshVariables(key: string, hosts: string): Environment {
  const options = [
    "StrictHostKeyChecking=yes",
    "BatchMode=yes",
    "IdentitiesOnly=yes",
    "IdentityAgent=none",
    "GlobalKnownHostsFile=/dev/null",
    `UserKnownHostsFile="${hosts}"`,
    "UpdateHostKeys=no",
    "ForwardAgent=no",
    "ClearAllForwardings=yes",
    "ConnectTimeout=30",
    "ServerAliveInterval=15",
  ];
  const words = ["ssh", "-F", "/dev/null", "-i", key, ...options.flatMap((option) => ["-o", option])];
  return { GIT_SSH_VARIANT: "ssh", GIT_SSH_COMMAND: words.map(quoteForShell).join(" ") };
}

function quoteForShell(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
