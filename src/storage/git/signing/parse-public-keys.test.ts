import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parsePublicKeys } from "./parse-public-keys.ts";
import { fingerprint } from "./signer-of.ts";
import { parseSshSignature } from "./sshsig.ts";

const TYPES = [
  ["ed25519", []],
  ["ecdsa", ["-b", "256"]],
  ["ecdsa", ["-b", "384"]],
  ["ecdsa", ["-b", "521"]],
  ["rsa", ["-b", "2048"]],
] as const;
const folder = mkdtempSync(join(tmpdir(), "pkgserver-public-keys-"));
afterAll(() => rmSync(folder, { recursive: true }));

function generate(name: string, ...args: readonly string[]): { readonly file: string; readonly line: string } {
  const file = join(folder, name);
  execFileSync("ssh-keygen", ["-q", "-N", "", "-C", "ann@example.com", "-f", file, ...args]);
  return { file, line: readFileSync(`${file}.pub`, "utf8").trim() };
}

let pair: ReturnType<typeof generate>;
let key = "";
beforeAll(() => {
  pair = generate("plain", "-t", "ed25519");
  key = pair.line.split(" ")[1] ?? "";
});

describe("parsePublicKeys", () => {
  it("reads the lines of authorized_keys, .pub and allowed-signers files", () => {
    const [type, base64] = pair.line.split(" ");
    const bare = `${type} ${base64}`;
    for (const line of [
      pair.line,
      bare,
      `ann@example.com ${pair.line}`,
      `ann@example.com,bob@example.com namespaces="git" ${bare}`,
      `*@example.com namespaces="file,git" ${bare} a comment`,
      `ann@example.com\t${bare}`,
    ]) {
      expect(parsePublicKeys(`# keys\r\n\n${line}\r\n`)).toEqual([base64]);
    }
    expect(parsePublicKeys(`${bare}\n${pair.line}`)).toEqual([base64]);
    expect(parsePublicKeys("")).toEqual([]);
  });

  it.each([
    ["a private key", () => readFileSync(pair.file, "utf8"), /^it is a private key/],
    ["an OpenPGP key", () => "-----BEGIN PGP PUBLIC KEY BLOCK-----\n", /OpenPGP .* only ssh keys/],
    ["nonsense", () => `${pair.line}\nhello world`, /^line 2 is not a public key/],
    ["a cut key", () => pair.line.replace(key, key.slice(0, 40)), /^line 1 has no valid ssh-ed25519 key/],
    ["a key of another type", () => pair.line.replace("ssh-ed25519", "ssh-rsa"), /^line 1 has no valid ssh-rsa key/],
    ["a security key", () => `sk-ssh-ed25519@openssh.com ${key}`, /^line 1 has a key of a type that is not supported/],
    ["a DSA key", () => `ssh-dss ${key}`, /type that is not supported/],
    ["an authority", () => `ann@example.com cert-authority ${pair.line}`, /^line 1 has options/],
    ["an authority of known_hosts", () => `@cert-authority ${pair.line}`, /^line 1 has options/],
    ["a revoked key", () => `@revoked ${pair.line}`, /^line 1 has options/],
    ["a key that expires", () => `ann@example.com valid-before="20200101" ${pair.line}`, /^line 1 has options/],
    [
      "a key for files",
      () => `ann@example.com namespaces="file" ${pair.line}`,
      /^line 1 has a key that is not for git/,
    ],
    ["a long text", () => `#${"x".repeat(300_000)}`, /^it is longer than/],
  ])("refuses %s, and quotes nothing of it", (_, text, message) => {
    const read = () => parsePublicKeys(text());
    expect(read).toThrow(expect.objectContaining({ name: "KeyError", message: expect.stringMatching(message) }));
    expect(read).not.toThrow(key.slice(0, 30));
  });

  it("refuses an RSA key that is too short", () => {
    const { line } = generate("short", "-t", "rsa", "-b", "1024");
    expect(() => parsePublicKeys(line)).toThrow(/less than 2048/);
  });

  it("refuses any other text with a KeyError", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.nat(200), (noise, at) => {
        try {
          parsePublicKeys(`${pair.line.slice(0, at)}${noise}${pair.line.slice(at)}`);
        } catch (error) {
          expect(error).toMatchObject({ name: "KeyError" });
        }
      }),
    );
  });

  it("takes no time for a long hostile line", () => {
    const started = process.cpuUsage();
    expect(() => parsePublicKeys("ssh-a AAAA ".repeat(20_000))).toThrow(/^line 1 /);
    expect(() => parsePublicKeys("ssh-".repeat(60_000))).toThrow(/^line 1 /);
    expect(process.cpuUsage(started).user).toBeLessThan(1_000_000);
  });
});

describe("signatures of ssh-keygen", () => {
  it.for(TYPES)("with %s %j are verified, and only over the same bytes", ([type, args]) => {
    const { file, line } = generate(`${type}${args.join("")}`, "-t", type, ...args);
    const [known = ""] = parsePublicKeys(line);
    const printed = execFileSync("ssh-keygen", ["-lf", `${file}.pub`], { encoding: "utf8" });
    expect(printed).toContain(` ${fingerprint(known)} `);
    // `r` and `s` of an ecdsa signature have leading zeros now and then.
    for (let round = 0; round < 5; round++) {
      const payload = join(folder, `payload-${type}${args.join("")}-${round}`);
      writeFileSync(payload, `payload ${round}`);
      execFileSync("ssh-keygen", ["-q", "-Y", "sign", "-f", file, "-n", "git", payload], { stdio: "ignore" });
      const armored = readFileSync(`${payload}.sig`, "utf8");
      const parsed = parseSshSignature(armored);
      expect(parsed?.key).toBe(known);
      expect(parsed?.verify(Buffer.from(`payload ${round}`))).toBe(true);
      expect(parsed?.verify(Buffer.from("payload"))).toBe(false);
    }
  });
});
