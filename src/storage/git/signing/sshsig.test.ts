import { execFileSync } from "node:child_process";
import { generateKeyPairSync, sign } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { allowedSigner } from "./allowed-signers.ts";
import { generatePrivateKey, parsePrivateKey, publicKeyOf } from "./private-key.ts";
import { decodePublicKey } from "./public-key.ts";
import { sshString } from "./ssh-wire.ts";
import { parseSshSignature, signSsh } from "./sshsig.ts";
import { verifySsh } from "./verify-ssh.ts";

const folder = mkdtempSync(join(tmpdir(), "pkgserver-sshsig-"));
afterAll(() => rmSync(folder, { recursive: true }));

const key = parsePrivateKey(generatePrivateKey());
const publicKey = publicKeyOf(key);
const keyText = publicKey.toString("base64");
const payload = Buffer.from("tree 1\n\nmessage\n");
const signature = signSsh(key, publicKey, payload);

/** Runs ssh-keygen, which reads the input, if there is one; throws if it fails. */
function sshKeygen(args: readonly string[], input?: Uint8Array): void {
  const stdin = input === undefined ? "ignore" : "pipe";
  execFileSync("ssh-keygen", args, { ...(input !== undefined && { input }), stdio: [stdin, "ignore", "ignore"] });
}

describe("signSsh", () => {
  it("makes signatures that ssh-keygen verifies, for any bytes", () => {
    const signers = join(folder, "signers");
    const file = join(folder, "signature");
    writeFileSync(signers, `${allowedSigner("ann@example.com", keyText)}\n`);
    const verify = (bytes: Uint8Array, namespace: string) =>
      sshKeygen(["-Y", "verify", "-f", signers, "-I", "ann@example.com", "-n", namespace, "-s", file], bytes);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
        writeFileSync(file, signSsh(key, publicKey, bytes));
        verify(bytes, "git");
      }),
      { numRuns: 5 },
    );
    writeFileSync(file, signature);
    expect(() => verify(Buffer.from("other"), "git")).toThrow();
    expect(() => verify(payload, "file")).toThrow();
  });
});

describe("parseSshSignature", () => {
  it("verifies what was signed, and nothing else", () => {
    const parsed = parseSshSignature(signature);
    expect(parsed?.key).toBe(keyText);
    expect(parsed?.verify(payload)).toBe(true);
    expect(parsed?.verify(Buffer.from("tree 2\n\nmessage\n"))).toBe(false);
  });

  it.for(["sha256", "sha512"])("verifies signatures of ssh-keygen with %s", (hash) => {
    const file = join(folder, `key-${hash}`);
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
    const signed = join(folder, `payload-${hash}`);
    writeFileSync(signed, payload);
    sshKeygen(["-Y", "sign", "-f", file, "-n", "git", "-O", `hashalg=${hash}`, signed]);
    const parsed = parseSshSignature(readFileSync(`${signed}.sig`, "utf8"));
    expect(parsed?.key).toBe(readFileSync(`${file}.pub`, "utf8").split(" ")[1]);
    expect(parsed?.verify(payload)).toBe(true);
  });

  it.for(["ed25519", "ecdsa", "rsa"])("refuses signatures of %s keys for another namespace", (type) => {
    const file = join(folder, `key-${type}-file`);
    execFileSync("ssh-keygen", ["-q", "-t", type, "-N", "", "-f", file]);
    const signed = join(folder, `payload-${type}-file`);
    writeFileSync(signed, payload);
    sshKeygen(["-Y", "sign", "-f", file, "-n", "file", signed]);
    expect(parseSshSignature(readFileSync(`${signed}.sig`, "utf8"))).toBeUndefined();
  });

  it("refuses an RSA signature with SHA-1, which an RSA key with SHA-2 makes valid", () => {
    const { privateKey, publicKey: rsa } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const { n = "", e = "" } = rsa.export({ format: "jwk" });
    const zero = Buffer.from([0]);
    const wire = Buffer.concat([
      sshString("ssh-rsa"),
      sshString(Buffer.from(e, "base64url")),
      sshString(Buffer.concat([zero, Buffer.from(n, "base64url")])),
    ]);
    const data = Buffer.from("data");
    const decoded = decodePublicKey(wire);
    if (decoded === undefined) throw new Error("the key is valid");
    const verify = (algorithm: string, hash: string) =>
      verifySsh(decoded, Buffer.concat([sshString(algorithm), sshString(sign(hash, data, privateKey))]), data);
    expect(verify("rsa-sha2-512", "sha512")).toBe(true);
    expect(verify("rsa-sha2-256", "sha512")).toBe(false);
    for (const algorithm of ["ssh-rsa", "rsa-sha2-512"]) expect(verify(algorithm, "sha1")).toBe(false);
  });

  it("never throws, and accepts no changed blob: each of its bits counts", () => {
    const [begin, ...lines] = signature.trimEnd().split("\n");
    const blob = Buffer.from(lines.slice(0, -1).join(""), "base64");
    fc.assert(
      fc.property(fc.nat(blob.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Buffer.from(blob);
        changed[at] = (changed[at] ?? 0) ^ flip;
        const armored = `${begin}\n${changed
          .toString("base64")
          .match(/.{1,70}/g)
          ?.join("\n")}\n${lines.at(-1)}\n`;
        const parsed = parseSshSignature(armored);
        expect(parsed?.key === keyText && parsed.verify(payload)).not.toBe(true);
      }),
    );
  });

  it("never throws for any text or any bytes in armor", () => {
    const armor = (bytes: Uint8Array) =>
      `-----BEGIN SSH SIGNATURE-----\n${Buffer.from(bytes).toString("base64")}\n-----END SSH SIGNATURE-----\n`;
    const begin = Buffer.from("SSHSIG\0\0\0\x01");
    fc.assert(
      fc.property(fc.string(), fc.uint8Array({ maxLength: 50 }), (text, bytes) => {
        expect(parseSshSignature(text)).toBeUndefined();
        expect(parseSshSignature(armor(Buffer.concat([begin, bytes])))).toBeUndefined();
      }),
    );
  });
});
