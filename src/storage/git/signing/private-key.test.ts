import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { KeyError } from "./openssh-key.ts";
import { generatePrivateKey, parsePrivateKey, publicKeyOf } from "./private-key.ts";

const folder = mkdtempSync(join(tmpdir(), "pkgserver-keys-"));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;

/** A key made by ssh-keygen, as files. */
function sshKeygen(...args: readonly string[]): { readonly privateKey: string; readonly publicKey: string } {
  const file = join(folder, `key-${count++}`);
  execFileSync("ssh-keygen", ["-q", "-f", file, ...args]);
  return { privateKey: readFileSync(file, "utf8"), publicKey: readFileSync(`${file}.pub`, "utf8") };
}

function messageOf(text: string): string {
  try {
    parsePrivateKey(text);
  } catch (error) {
    expect(error).toBeInstanceOf(KeyError);
    return (error as Error).message;
  }
  throw new Error("it was parsed");
}

describe("parsePrivateKey", () => {
  it("reads a key that ssh-keygen made, and finds its public key", () => {
    const { privateKey, publicKey } = sshKeygen("-t", "ed25519", "-N", "", "-C", "someone with a comment");
    expect(publicKeyOf(parsePrivateKey(privateKey)).toString("base64")).toBe(publicKey.split(" ")[1]);
  });

  it("reads a key in PKCS #8, as openssl and this program make it", () => {
    const key = generatePrivateKey();
    expect(publicKeyOf(parsePrivateKey(`\n${key}\n`))).toEqual(publicKeyOf(parsePrivateKey(key)));
  });

  it.for([
    ["an encrypted key", () => sshKeygen("-t", "ed25519", "-N", "secret").privateKey, "encrypted"],
    ["an RSA key", () => sshKeygen("-t", "rsa", "-N", "").privateKey, "not an ed25519 key"],
    [
      "another key in PKCS #8",
      () => generateKeyPairSync("ed448").privateKey.export({ format: "pem", type: "pkcs8" }) as string,
      "not an ed25519 key",
    ],
    ["a public key", () => sshKeygen("-t", "ed25519", "-N", "").publicKey, "neither"],
    ["nothing", () => "", "neither"],
    ["a text that is too long", () => "x".repeat(20_000), "longer than"],
  ] as readonly (readonly [string, () => string, string])[])("refuses %s and says why", ([, text, why]) => {
    expect(messageOf(text())).toContain(why);
  });

  it("never throws anything else, and never shows the key, whatever was damaged in it", () => {
    const { privateKey } = sshKeygen("-t", "ed25519", "-N", "");
    const lines = privateKey.split("\n");
    const cut = fc.tuple(fc.nat(privateKey.length - 1), fc.nat(40), fc.stringMatching(/^[A-Za-z0-9+/=\n-]{0,8}$/));
    fc.assert(
      fc.property(cut, ([at, length, text]) => {
        const damaged = privateKey.slice(0, at) + text + privateKey.slice(at + length);
        try {
          parsePrivateKey(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(KeyError);
          expect(lines.slice(1, -2).some((line) => (error as Error).message.includes(line.slice(0, 16)))).toBe(false);
        }
      }),
    );
  });
});
