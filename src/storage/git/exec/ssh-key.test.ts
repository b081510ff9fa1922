import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { test as base, describe, expect } from "vitest";
import { prepareSshKey } from "./ssh-key.ts";

const run = promisify(execFile);

const it = base.extend("generate", { scope: "file" }, async ({}, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), "ssh-key-"));
  onCleanup(() => rm(folder, { recursive: true }));
  const make = async (options: readonly string[]) => {
    const file = join(await mkdtemp(join(folder, "key-")), "key");
    // An RSA key of the default length takes a second of CPU time.
    const length = options.includes("rsa") ? ["-b", "2048"] : [];
    await run("ssh-keygen", ["-q", "-f", file, ...length, ...options]);
    return { privateKey: await readFile(file, "utf8"), publicKey: await readFile(`${file}.pub`, "utf8") };
  };
  /** Options → key. */
  const made = new Map<string, ReturnType<typeof make>>();
  return async (...options: readonly string[]) => {
    const id = options.join("\0");
    const key = made.get(id) ?? make(options);
    made.set(id, key);
    return await key;
  };
});

const refuse = (key: string) => {
  try {
    prepareSshKey(key);
  } catch (error) {
    return error as Error & { readonly reason: string };
  }
  throw new Error("the key is accepted");
};

describe("prepareSshKey", () => {
  it.for([
    ["-t", "ed25519"],
    ["-t", "rsa"],
    ["-t", "rsa", "-m", "PEM"],
    ["-t", "ecdsa"],
    ["-t", "ecdsa", "-m", "PEM"],
    ["-t", "ecdsa", "-m", "PKCS8"],
  ])("accepts the key that ssh-keygen %s makes, as it is", async (options, { generate }) => {
    const { privateKey } = await generate("-N", "", ...options);
    expect(prepareSshKey(privateKey)).toBe(privateKey);
  });

  it("removes what ssh stumbles over: line ends of Windows, and blanks around the key", async ({ generate }) => {
    const { privateKey } = await generate("-N", "", "-t", "ed25519");
    expect(prepareSshKey(`\r\n  ${privateKey.replaceAll("\n", "\r\n")}\r\n`)).toBe(privateKey);
    expect(prepareSshKey(privateKey.trimEnd())).toBe(privateKey);
  });

  it.for([
    ["-t", "ed25519"],
    ["-t", "rsa", "-m", "PEM"],
    ["-t", "ecdsa", "-m", "PKCS8"],
  ])("refuses a key with a passphrase: ssh-keygen %s", async (options, { generate }) => {
    const { privateKey } = await generate("-N", "a passphrase", ...options);
    expect(refuse(privateKey)).toMatchObject({
      reason: "InvalidSSHKey",
      message: "ssh-privatekey cannot be used: it is encrypted: remove its passphrase (ssh-keygen -p)",
    });
  });

  it("refuses the public key", async ({ generate }) => {
    const { publicKey } = await generate("-N", "", "-t", "ed25519");
    expect(refuse(publicKey).message).toContain("it is a public key");
    const { publicKey: pem } = generateKeyPairSync("ed25519");
    expect(refuse(pem.export({ format: "pem", type: "spki" }) as string).message).toContain("it is a public key");
  });

  it.for([
    { title: "a part in the middle", cut: (key: string) => key.replace(/\n.*\n/, "\n") },
    { title: "its last line", cut: (key: string) => key.replace(/-----END.*/s, "") },
    { title: "its first line", cut: (key: string) => key.replace(/^.*\n/, "") },
    { title: "its line ends", cut: (key: string) => key.replaceAll("\n", "") },
  ])("refuses a key without $title, and quotes nothing of it", async ({ cut }, { generate }) => {
    for (const format of ["RFC4716", "PEM"]) {
      const { privateKey } = await generate("-N", "", "-t", "rsa", "-m", format);
      const { reason, message } = refuse(cut(privateKey));
      expect(reason).toBe("InvalidSSHKey");
      const secret = new Set(privateKey.split("\n").slice(1, -2));
      expect([...secret].some((line) => message.includes(line.slice(0, 16)))).toBe(false);
    }
  });

  it.for([
    ["", "it is empty"],
    ["  \n", "it is empty"],
    ["PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", "it is in the format of PuTTY"],
    ["a password", "it is neither an OpenSSH nor a PEM private key"],
    ["-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", "not a valid OpenSSH"],
  ])("refuses %j", ([text = "", message = ""]) => {
    expect(refuse(text)).toMatchObject({ reason: "InvalidSSHKey", message: expect.stringContaining(message) });
  });

  it("refuses a security key's, for which somebody would have to touch it", () => {
    const string = (text: string) => Buffer.from([0, 0, 0, text.length, ...Buffer.from(text)]);
    const fields = Buffer.concat([Buffer.alloc(8), string("sk-ssh-ed25519@openssh.com")]);
    const parts = [string("none"), string("none"), string(""), Buffer.from([0, 0, 0, 1]), string("")];
    const body = Buffer.concat([
      Buffer.from("openssh-key-v1\0"),
      ...parts,
      Buffer.from([0, 0, 0, fields.length]),
      fields,
    ]);
    const key = `-----BEGIN OPENSSH PRIVATE KEY-----\n${body.toString("base64")}\n-----END OPENSSH PRIVATE KEY-----\n`;
    expect(refuse(key).message).toContain("that of a security key");
  });
});
