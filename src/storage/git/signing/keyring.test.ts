import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newKeyring } from "../testing/signing.ts";
import { Keyring } from "./keyring.ts";
import { generatePrivateKey } from "./private-key.ts";

const commit = Buffer.from(
  `tree ${"1".repeat(40)}\nparent ${"2".repeat(40)}\nauthor A <a@example.com> 1 +0000\ncommitter B <b@example.com> 1 +0000\n\nä message\n\nPackage-Path: web\n`,
);
const tag = Buffer.from(
  `object ${"1".repeat(40)}\ntype commit\ntag web/v1\ntagger A <a@example.com> 1 +0000\n\nPublish\n`,
);
const objects = { commit, tag } as const;

describe("Keyring", () => {
  it.for(["commit", "tag"] as const)("recognizes its own %s, unchanged, and no unsigned one", async (type) => {
    const keyring = newKeyring();
    const signed = keyring.sign(type, objects[type], "sha1");
    expect(await keyring.isSigned(type, signed, "sha1")).toBe(true);
    expect(await keyring.isSigned(type, objects[type], "sha1")).toBe(false);
    expect(await newKeyring().isSigned(type, signed, "sha1")).toBe(false);
  });

  it("never throws for a changed object, and accepts none that says something else", async () => {
    const keyring = newKeyring();
    for (const type of ["commit", "tag"] as const) {
      const signed = keyring.sign(type, objects[type], "sha1");
      const cut = fc.tuple(fc.nat(signed.length), fc.nat(20), fc.uint8Array({ maxLength: 20 }));
      await fc.assert(
        fc.asyncProperty(cut, async ([at, length, bytes]) => {
          const changed = Buffer.concat([signed.subarray(0, at), bytes, signed.subarray(at + length)]);
          if (!(await keyring.isSigned(type, changed, "sha1"))) return;
          // Only the form of the signature may differ.
          expect(withoutSignature(changed)).toBe(objects[type].toString());
        }),
      );
    }
  });

  it("accepts no commit with two signatures, or one for the other object format", async () => {
    const keyring = newKeyring();
    const signed = keyring.sign("commit", commit, "sha1");
    expect(await keyring.isSigned("commit", keyring.sign("commit", signed, "sha1"), "sha1")).toBe(false);
    expect(await keyring.isSigned("commit", keyring.sign("commit", commit, "sha256"), "sha1")).toBe(false);
    expect(await keyring.isSigned("commit", keyring.sign("commit", commit, "sha256"), "sha256")).toBe(true);
  });

  it("accepts no signature that was taken from another object", async () => {
    const keyring = newKeyring();
    const header = /gpgsig [^\n]*(?:\n [^\n]*)*\n/.exec(keyring.sign("commit", commit, "sha1").toString())?.[0] ?? "";
    const other = commit.toString().replace("ä message", "a message").replace("\n\n", `\n${header}\n`);
    expect(await keyring.isSigned("commit", Buffer.from(other), "sha1")).toBe(false);
  });

  it("asks once for an unknown key, and accepts it if another replica has published it", async () => {
    const other = generatePrivateKey();
    const replica = new Keyring();
    replica.use(other);
    const signed = replica.sign("tag", tag, "sha1");
    let published: readonly string[] = [];
    let calls = 0;
    const keyring: Keyring = new Keyring(async () => {
      calls++;
      keyring.setKnown(published);
    });
    keyring.use(generatePrivateKey());
    expect(await keyring.isSigned("tag", signed, "sha1")).toBe(false);
    expect(await keyring.isSigned("tag", signed, "sha1")).toBe(false);
    expect(calls).toBe(1);
    published = [Keyring.publicKeyOf(other)];
    expect(keyring.setKnown(published)).toBe(true);
    expect(await keyring.isSigned("tag", signed, "sha1")).toBe(true);
    expect(keyring.setKnown(published)).toBe(false);
    published = [];
    expect(keyring.setKnown(published)).toBe(true);
    expect(await keyring.isSigned("tag", signed, "sha1")).toBe(false);
  });

  it("asks at most twice for many unknown keys that come together", async () => {
    let calls = 0;
    const keyring = new Keyring(async () => void calls++);
    const tags = Array.from({ length: 50 }, () => newKeyring().sign("tag", tag, "sha1"));
    const check = async () => await Promise.all([...tags, ...tags].map((one) => keyring.isSigned("tag", one, "sha1")));
    expect((await check()).some((isSigned) => isSigned)).toBe(false);
    await check();
    expect(calls).toBeLessThanOrEqual(2);
  });

  it("does not ask because of a signature that is not valid", async () => {
    const signed = newKeyring().sign("tag", tag, "sha1");
    const keyring = new Keyring(() => Promise.reject(new Error("asked")));
    const changed = Buffer.from(signed.toString().replace("Publish", "Approve"));
    expect(await keyring.isSigned("tag", changed, "sha1")).toBe(false);
    await expect(keyring.isSigned("tag", signed, "sha1")).rejects.toThrow("asked");
  });
});

function withoutSignature(object: Buffer): string {
  return object
    .toString()
    .replace(/\n-----BEGIN SSH SIGNATURE-----[\s\S]*$/, "\n")
    .replace(/\ngpgsig [^\n]*(?:\n [^\n]*)*/, "");
}
