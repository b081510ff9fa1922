import { chmod, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { GitError } from "../errors.ts";
import type { ConfigPair, Environment } from "./environment.ts";
import type { GitLimits } from "./limits.ts";
import { mkdirp } from "./mkdirp.ts";
import { GROUP_SCRIPT_NAME, groupScript } from "./process-group.ts";
import type { RemoteAccess } from "./remote-access.ts";
import { replaceFile } from "./replace-file.ts";
import { prepareSshKey } from "./ssh-key.ts";

/** Credentials in the form in which git processes receive them. */
export interface PreparedCredentials {
  readonly config: readonly ConfigPair[];
  readonly variables: Environment;
  /** Texts that no message or log may contain. */
  readonly secrets: readonly string[];
}

/**
 * Writes the files that git needs for a remote to `folder` (mode 0700) and deletes all others there. Each file is
 * replaced atomically: commands that run meanwhile, or after this failed on a full disk, find complete files.
 *
 * Passwords and tokens are passed as `http.<origin>.extraHeader` in the environment, which only the operator's own user
 * can read. Unlike a credential helper this avoids a refused first request for each command, and needs no shell. The
 * header is bound to the origin, and redirects are off, so that no other host receives it. ssh and TLS libraries read
 * only files: these have mode 0600 and exist until `removeCredentials`, or until the next process opens the mirror.
 *
 * Throws `GitError`: `InvalidCredentials` for credentials that cannot be sent to this URL, `InvalidSSHKey`; and the
 * system's file errors.
 */
export async function prepareCredentials(
  folder: string,
  remote: RemoteAccess,
  limits: GitLimits,
): Promise<PreparedCredentials> {
  await mkdirp(folder, 0o700);
  await chmod(folder, 0o700);
  const written = new Set<string>();
  const write: FileWriter = async (name, content) => {
    written.add(name);
    const path = join(folder, name);
    // Half a script would do nothing and exit with 0.
    await replaceFile(path, content);
    return path;
  };
  await write(GROUP_SCRIPT_NAME, groupScript(limits));
  const prepared = await prepare(remote, write);
  const obsolete = (await readdir(folder)).filter((name) => !written.has(name));
  await Promise.all(obsolete.map((name) => rm(join(folder, name), { recursive: true, force: true })));
  return prepared;
}

/** Writes a file of the folder and returns its path. */
type FileWriter = (name: string, content: string) => Promise<string>;

async function prepare(remote: RemoteAccess, write: FileWriter): Promise<PreparedCredentials> {
  const config: ConfigPair[] = [];
  if (remote.caCertificate !== undefined) {
    config.push(["http.sslCAInfo", await write("ca.crt", remote.caCertificate)]);
  }
  const credentials = remote.credentials;
  switch (credentials?.kind) {
    case undefined:
      return { config, variables: NO_SSH_KEY, secrets: [] };
    case "basic": {
      const { username, password } = credentials;
      if (username.includes(":")) throw new GitError("InvalidCredentials", "the user name contains a colon");
      const encoded = Buffer.from(`${username}:${password}`).toString("base64");
      config.push(authorization(remote.url, `Basic ${encoded}`));
      return { config, variables: NO_SSH_KEY, secrets: [encoded, ...formsOf(password)] };
    }
    case "bearer": {
      const token = credentials.token.trim();
      if (!/^[\x21-\x7e]+$/.test(token))
        throw new GitError("InvalidCredentials", "the token is empty or contains blanks");
      config.push(authorization(remote.url, `Bearer ${token}`));
      return { config, variables: NO_SSH_KEY, secrets: formsOf(token) };
    }
    case "ssh": {
      if (/^https?:/.test(remote.url)) throw new GitError("InvalidCredentials", "an ssh key requires an ssh URL");
      const key = await write("id", prepareSshKey(credentials.privateKey));
      const hosts = await write("known_hosts", credentials.knownHosts);
      return { config, variables: sshVariables(["-i", key], hosts), secrets: [] };
    }
  }
}

/** Deletes the folder; it may be absent. Throws the system's file errors. */
export async function removeCredentials(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** The encodings in which a remote may send a secret back, the longest first. */
function formsOf(secret: string): string[] {
  const forms = new Set([secret, encodeURIComponent(secret.toWellFormed()), Buffer.from(secret).toString("base64")]);
  return [...forms].sort((a, b) => b.length - a.length);
}

function authorization(url: string, value: string): ConfigPair {
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new GitError("InvalidCredentials", "a password or token requires an https URL");
  }
  return [`http.${new URL(url).origin}/.extraHeader`, `Authorization: ${value}`];
}

/** `-F` excludes the configuration of the system, too. */
function sshVariables(identity: readonly string[], hosts: string): Environment {
  const options = [
    "StrictHostKeyChecking=yes",
    "BatchMode=yes",
    "PreferredAuthentications=publickey",
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
  const words = ["ssh", "-F", "/dev/null", ...identity, ...options.flatMap((option) => ["-o", option])];
  return { GIT_SSH_VARIANT: "ssh", GIT_SSH_COMMAND: words.map(quoteForShell).join(" ") };
}

function quoteForShell(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * Without a key of the Repository's own, ssh would use those of the operator's user, and its configuration: a tenant
 * could read whatever they open.
 */
const NO_SSH_KEY: Environment = sshVariables(["-o", "IdentityFile=none"], "/dev/null");
