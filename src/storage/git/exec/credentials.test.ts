import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { test as base, describe, expect } from "vitest";
import { generatePrivateKey } from "../signing/private-key.ts";
import { prepareCredentials } from "./credentials.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { GROUP_SCRIPT_NAME } from "./process-group.ts";
import type { RemoteAccess, RemoteCredentials } from "./remote-access.ts";

const URL_WITH_PORT = "https://git.example.com:8443/org/packages.git";
const SSH_URL = "ssh://git@git.example.com/org/packages.git";
const KEY = generatePrivateKey();
const ssh: RemoteCredentials = {
  kind: "ssh",
  privateKey: `${KEY}\n\n`,
  knownHosts: "git.example.com ssh-ed25519 AAAA\n",
};
const basic = (username: string, password: string): RemoteCredentials => ({ kind: "basic", username, password });
const bearer = (token: string): RemoteCredentials => ({ kind: "bearer", token });
const base64 = (text: string) => Buffer.from(text).toString("base64");

/** `folder`: a path with characters that a shell interprets; nothing is there yet. */
const it = base.extend("folder", async ({ onTestFinished }) => {
  const root = await mkdtemp(join(tmpdir(), "credentials-"));
  onTestFinished(() => rm(root, { recursive: true }));
  return join(root, "it's a $folder");
});

const prepare = (folder: string, remote: RemoteAccess) => prepareCredentials(folder, remote, DEFAULT_LIMITS);
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe("files of prepareCredentials", () => {
  it("are readable by the operator's own user alone, also in a folder that was open", async ({ folder }) => {
    await mkdir(folder, { mode: 0o755 });
    await chmod(folder, 0o755);
    await prepare(folder, { url: SSH_URL, credentials: ssh, caCertificate: "CA" });
    expect(await modeOf(folder)).toBe(0o700);
    const names = (await readdir(folder)).sort();
    expect(names).toEqual(["ca.crt", "id", "known_hosts", GROUP_SCRIPT_NAME]);
    for (const name of names) expect([name, await modeOf(join(folder, name))]).toEqual([name, 0o600]);
  });

  it("contain the key with one newline at its end, which ssh requires, and the hosts as they are", async ({
    folder,
  }) => {
    await prepare(folder, { url: SSH_URL, credentials: ssh });
    expect(await readFile(join(folder, "id"), "utf8")).toBe(KEY);
    expect(await readFile(join(folder, "known_hosts"), "utf8")).toBe(ssh.knownHosts);
  });

  it("of earlier credentials are deleted", async ({ folder }) => {
    await prepare(folder, { url: SSH_URL, credentials: ssh, caCertificate: "CA" });
    await writeFile(join(folder, "id.new"), "half a key");
    await prepare(folder, { url: URL_WITH_PORT });
    expect(await readdir(folder)).toEqual([GROUP_SCRIPT_NAME]);
  });

  it("stay when new credentials cannot be used", async ({ folder }) => {
    await prepare(folder, { url: SSH_URL, credentials: ssh });
    await expect(prepare(folder, { url: URL_WITH_PORT, credentials: bearer("a b") })).rejects.toThrow();
    expect((await readdir(folder)).sort()).toEqual(["id", "known_hosts", GROUP_SCRIPT_NAME]);
  });

  it("are replaced as a whole: a command that has opened one reads it to its end", async ({ folder }) => {
    await prepare(folder, { url: SSH_URL, credentials: ssh });
    const another = generatePrivateKey();
    const opened = await open(join(folder, "id"));
    try {
      await prepare(folder, { url: SSH_URL, credentials: { ...ssh, privateKey: another } });
      expect(await opened.readFile("utf8")).toBe(KEY);
      expect(await readFile(join(folder, "id"), "utf8")).toBe(another);
    } finally {
      await opened.close();
    }
  });
});

describe("passwords and tokens", () => {
  it("are sent to the origin of the remote and to no other host", async ({ folder }) => {
    const credentials = basic("ann", "pass:word");
    expect((await prepare(folder, { url: URL_WITH_PORT, credentials })).config).toEqual([
      ["http.https://git.example.com:8443/.extraHeader", `Authorization: Basic ${base64("ann:pass:word")}`],
    ]);
    expect((await prepare(folder, { url: URL_WITH_PORT, credentials: bearer(" t0ken\n") })).config).toEqual([
      ["http.https://git.example.com:8443/.extraHeader", "Authorization: Bearer t0ken"],
    ]);
  });

  it("are listed in every form in which a remote may send them back, the longest first", async ({ folder }) => {
    const password = "p@ss word";
    const { secrets } = await prepare(folder, { url: URL_WITH_PORT, credentials: basic("ann", password) });
    expect(secrets).toEqual([base64(`ann:${password}`), "p%40ss%20word", base64(password), password]);
    const token = await prepare(folder, { url: URL_WITH_PORT, credentials: bearer("t+ken") });
    expect(token.secrets).toEqual([base64("t+ken"), "t%2Bken", "t+ken"]);
  });

  it.for([
    { title: "a user name with a colon", url: URL_WITH_PORT, credentials: basic("a:b", "c") },
    { title: "an empty token", url: URL_WITH_PORT, credentials: bearer(" \n") },
    { title: "a token with a blank", url: URL_WITH_PORT, credentials: bearer("a b") },
    {
      title: "a token with a line break, which would begin another header",
      url: URL_WITH_PORT,
      credentials: bearer("a\nb: c"),
    },
    { title: "a password for ssh", url: SSH_URL, credentials: basic("a", "b") },
    { title: "a password for a file", url: "file:///srv/git/p.git", credentials: basic("a", "b") },
    { title: "a token for user@host:path", url: "git@git.example.com:p.git", credentials: bearer("t") },
  ])("are refused: $title", async ({ url, credentials }, { folder }) => {
    await expect(prepare(folder, { url, credentials })).rejects.toMatchObject({ reason: "InvalidCredentials" });
  });

  it("are in no file", async ({ folder }) => {
    await prepare(folder, { url: URL_WITH_PORT, credentials: basic("ann", "secret") });
    expect(await readdir(folder)).toEqual([GROUP_SCRIPT_NAME]);
  });
});

describe("a certificate authority", () => {
  it("replaces those of the system", async ({ folder }) => {
    const { config, secrets } = await prepare(folder, { url: URL_WITH_PORT, caCertificate: "CA" });
    expect(config).toEqual([["http.sslCAInfo", join(folder, "ca.crt")]]);
    expect(await readFile(join(folder, "ca.crt"), "utf8")).toBe("CA");
    expect(secrets).toEqual([]);
  });
});

describe("GIT_SSH_COMMAND", () => {
  // Written out on purpose: an option that is dropped or weakened must be changed here as well.
  it("uses the key of the Secret alone, and connects to the hosts of the Secret alone", async ({ folder }) => {
    const { variables } = await prepare(folder, { url: SSH_URL, credentials: ssh });
    expect(Object.keys(variables).sort()).toEqual(["GIT_SSH_COMMAND", "GIT_SSH_VARIANT"]);
    expect(variables.GIT_SSH_VARIANT).toBe("ssh");
    const options = [
      "StrictHostKeyChecking=yes",
      "BatchMode=yes",
      "PreferredAuthentications=publickey",
      "IdentitiesOnly=yes",
      "IdentityAgent=none",
      "GlobalKnownHostsFile=/dev/null",
      `UserKnownHostsFile="${join(folder, "known_hosts")}"`,
      "UpdateHostKeys=no",
      "ForwardAgent=no",
      "ClearAllForwardings=yes",
      "ConnectTimeout=30",
      "ServerAliveInterval=15",
    ];
    expect(await wordsOf(variables.GIT_SSH_COMMAND ?? "")).toEqual([
      ...["ssh", "-F", "/dev/null", "-i", join(folder, "id")],
      ...options.flatMap((option) => ["-o", option]),
    ]);
  });

  it.for([
    { title: "no credentials" },
    { title: "a password", credentials: basic("ann", "secret") },
    { title: "a token", credentials: bearer("t0ken") },
  ])(
    "uses no key, no configuration and no known host of the operator's user with $title",
    async (remote, { folder }) => {
      const { variables } = await prepare(folder, { url: URL_WITH_PORT, ...remote });
      const words = await wordsOf(variables.GIT_SSH_COMMAND ?? "");
      expect(words.slice(0, 5)).toEqual(["ssh", "-F", "/dev/null", "-o", "IdentityFile=none"]);
      expect(words).toEqual(
        expect.arrayContaining(["IdentitiesOnly=yes", "IdentityAgent=none", 'UserKnownHostsFile="/dev/null"']),
      );
    },
  );

  it("is not given a key that the URL has no use for", async ({ folder }) => {
    const refused = prepare(folder, { url: URL_WITH_PORT, credentials: ssh });
    await expect(refused).rejects.toMatchObject({ reason: "InvalidCredentials" });
  });
});

/** The words that a shell, as git starts one, makes of a command. */
async function wordsOf(command: string): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)("sh", ["-c", `printf '%s\\0' ${command}`]);
  return stdout.split("\0").slice(0, -1);
}
