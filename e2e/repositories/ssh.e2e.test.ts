import { generateKeyPairSync } from "node:crypto";
import { existsSync } from "node:fs";
import { describe, expect } from "vitest";
import { findSshd } from "../harness/ssh-server.ts";
import { test } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { applySshSecret, type SshRig, startSshRig } from "../testenv/ssh.ts";
import type { TestEnv } from "../testenv/testenv.ts";

const sshd = await findSshd();
const missing = "missing" in sshd ? ` (no sshd here: ${sshd.missing})` : "";

const it = test
  .extend("rig", { scope: "file" }, async ({}, { onCleanup }): Promise<SshRig> => {
    if ("missing" in sshd) throw new Error(sshd.missing);
    const rig = await startSshRig(sshd, "ssh");
    onCleanup(rig.close);
    return rig;
  })
  .extend("envOptions", { scope: "file" }, async ({ rig }) => rig.envOptions)
  .extend("key", { scope: "file" }, async ({ rig }) => await rig.server.createKey("ed25519"));

/**
 * Registers a new repository by ssh, and waits for the reason. No configuration of the operator's user must count.
 * Returns the message.
 */
async function registerBySsh(
  { env, rig }: { readonly env: TestEnv; readonly rig: SshRig },
  name: string,
  reason: string,
  credentials: object = { credentials: `${name}-ssh` },
): Promise<string | undefined> {
  const folder = await env.git.createRepository(name);
  await env.applyRepository(name, {}, { url: rig.server.url(folder), credentials: undefined, ...credentials });
  const { status } = await env.waitForRepository(name, reason);
  expect(existsSync(rig.proxyMarker)).toBe(false);
  return status?.conditions?.[0]?.message;
}

describe.skipIf(missing !== "")(`a remote by ssh${missing}`, () => {
  it("takes a package from its registration to its tag", async ({ env, packages, rig, key }) => {
    await applySshSecret(env, "fleet", key, await rig.server.knownHost());
    await registerBySsh({ env, rig }, "fleet", "Synced");
    const id = { repository: "fleet", realm: "web", package: "shop", workspace: "one" };
    const name = await packages.createDraft(id, { "a.yaml": "a: 1\n" });
    await packages.save(name, { "a.yaml": "a: 2\n" });
    const git = createGitReader(env.git, "fleet");
    expect(await git.refs()).toEqual(["heads/web/shop/one"]);

    await packages.publish(name);

    expect(await git.refs()).toEqual(["tags/web/shop/v1"]);
    expect(await git.files("main")).toEqual({ "web/shop/a.yaml": "a: 2\n" });
    expect(await git.files("web/shop/v1", "web/shop")).toEqual({ "a.yaml": "a: 2\n" });
  });

  it.for([
    { title: "RSA", name: "rsa", type: "rsa", options: ["-N", ""] },
    { title: "RSA in PEM", name: "rsa-pem", type: "rsa", options: ["-N", "", "-m", "PEM"] },
    { title: "ECDSA", name: "ecdsa", type: "ecdsa", options: ["-N", ""] },
    { title: "ECDSA in PKCS #8", name: "ecdsa-pkcs8", type: "ecdsa", options: ["-N", "", "-m", "PKCS8"] },
  ] as const)("accepts a key of type $title", async ({ name, type, options }, { env, rig }) => {
    await applySshSecret(env, name, await rig.server.createKey(type, options), await rig.server.knownHost());
    await registerBySsh({ env, rig }, name, "Synced");
  });

  it.for([
    { title: "line ends of Windows", name: "crlf", change: (key: string) => key.replaceAll("\n", "\r\n") },
    { title: "no line end", name: "no-line-end", change: (key: string) => key.trimEnd() },
    { title: "empty lines around it", name: "empty-lines", change: (key: string) => `\n\n${key}\n\n` },
  ])("accepts a key with $title", async ({ name, change }, { env, rig, key }) => {
    await applySshSecret(env, name, change(key), await rig.server.knownHost());
    await registerBySsh({ env, rig }, name, "Synced");
  });

  it("refuses a key that may not log in, though the operator's own would do", async ({ env, rig }) => {
    await applySshSecret(env, "stranger", await rig.server.createStranger(), await rig.server.knownHost());
    expect(await registerBySsh({ env, rig }, "stranger", "AuthenticationFailed")).toContain("Permission denied");
  });

  it("refuses a key with a passphrase, and says so", async ({ env, rig }) => {
    const key = await rig.server.createKey("ed25519", ["-N", "a passphrase"]);
    await applySshSecret(env, "passphrase", key, await rig.server.knownHost());
    expect(await registerBySsh({ env, rig }, "passphrase", "InvalidSSHKey")).toBe(
      "ssh-privatekey cannot be used: it is encrypted: remove its passphrase (ssh-keygen -p): " +
        "look at the Secret passphrase-ssh (spec.git.credentials)",
    );
    await applySshSecret(env, "passphrase", await rig.server.createKey("ed25519"), await rig.server.knownHost());
    await env.waitForRepository("passphrase", "Synced");
  });

  it("tells a key that only ssh itself cannot use from one that may not log in", async ({ env, rig }) => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "secp256k1" });
    const key = privateKey.export({ format: "pem", type: "sec1" }) as string;
    await applySshSecret(env, "curve", key, await rig.server.knownHost());
    expect(await registerBySsh({ env, rig }, "curve", "InvalidSSHKey")).toMatch(/^ssh cannot load ssh-privatekey: /);
  });

  it("tells a key that may only read, where that is asked for", async ({ env, rig }) => {
    const key = await rig.server.createReadOnlyKey("ERROR: The key has been marked as read only.");
    await applySshSecret(env, "read-only", key, await rig.server.knownHost());
    const git = { credentials: "read-only-ssh", checkPush: true };
    expect(await registerBySsh({ env, rig }, "read-only", "PushForbidden", git)).toBe(
      "the remote takes no push from these credentials: ERROR: The key has been marked as read only.: give their " +
        "user, token or key the right to write: look at the Secret read-only-ssh (spec.git.credentials)",
    );
  });

  it("refuses an address without a Secret, though the operator's own key would do", async ({ env, rig }) => {
    expect(await registerBySsh({ env, rig }, "without", "InvalidCredentials", {})).toBe(
      "an ssh address needs a Secret with ssh-privatekey and known_hosts: name it in spec.git.credentials",
    );
  });

  it.for([
    "ssh://-oProxyCommand=touch%20MARKER/x",
    "ssh://git@-oProxyCommand=touch%20MARKER/x",
    "ssh://%2doProxyCommand=touch%20MARKER/x",
    "ssh://-oProxyCommand=x@127.0.0.1/x",
    "git@-oProxyCommand=touch:x",
    "-oProxyCommand=touch@127.0.0.1:x",
    "-v@127.0.0.1:x",
    "git@127.0.0.1:-x",
  ])("refuses %s, of which ssh would make an option", async (url, { env, rig }) => {
    const applied = env.applyRepository("option", {}, { url: url.replace("MARKER", rig.proxyMarker) });
    await expect(applied).rejects.toThrow("git.url must be");
    expect(existsSync(rig.proxyMarker)).toBe(false);
  });
});

describe.skipIf(missing !== "")(`the host keys of a remote by ssh${missing}`, () => {
  it.for([
    { title: "a hashed name", name: "hashed", type: "ed25519", hashed: true },
    { title: "RSA alone", name: "host-rsa", type: "rsa", hashed: false },
    { title: "ECDSA alone", name: "host-ecdsa", type: "ecdsa", hashed: false },
    { title: "line ends of Windows", name: "hosts-crlf", type: "ed25519", hashed: false, lineEnd: "\r\n" },
    { title: "RSA alone, hashed", name: "host-rsa-hashed", type: "rsa", hashed: true },
  ] as const)("are known by $title", async ({ name, type, hashed, ...more }, { env, rig, key }) => {
    const line = await rig.server.knownHost(type, { hashed });
    await applySshSecret(env, name, key, "lineEnd" in more ? line.replaceAll("\n", more.lineEnd) : line);
    await registerBySsh({ env, rig }, name, "Synced");
  });

  it.for([
    { title: "another key of the host", name: "changed", change: changeKey },
    { title: "nothing", name: "nothing", change: () => "" },
    { title: "a revoked key", name: "revoked", change: (line: string) => `${line}@revoked ${line}` },
    { title: "options", name: "options", change: () => "StrictHostKeyChecking no\nProxyCommand touch /tmp/x\n" },
  ])("are refused where known_hosts has $title", async ({ name, change }, { env, rig, key }) => {
    await applySshSecret(env, name, key, change(await rig.server.knownHost()));
    await registerBySsh({ env, rig }, name, "HostKeyRefused");
  });

  it("are refused without known_hosts in the Secret", async ({ env, rig, key }) => {
    await applySshSecret(env, "no-known-hosts", key);
    expect(await registerBySsh({ env, rig }, "no-known-hosts", "InvalidCredentials")).toContain("has no known_hosts");
  });
});

/** The same algorithm with a key that the host does not have. */
function changeKey(line: string): string {
  const bytes = Buffer.from(line.trim().split(" ")[2] ?? "", "base64");
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return line.replace(/\S+\s*$/, `${bytes.toString("base64")}\n`);
}
