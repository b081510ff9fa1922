import { describe, expect, it } from "vitest";
import { aRepository } from "../../core/testing/observed.ts";
import { ApiError } from "../../kube/client/errors.ts";
import { allowedSigner } from "../../storage/git/signing/allowed-signers.ts";
import { Keyring } from "../../storage/git/signing/keyring.ts";
import { generatePrivateKey } from "../../storage/git/signing/private-key.ts";
import type { ControllerContext } from "../shared/context.ts";
import { readVerification } from "./verification.ts";

const [ann, eve] = [Keyring.publicKeyOf(generatePrivateKey()), Keyring.publicKeyOf(generatePrivateKey())];

/** Reads the verification of a Repository, with these texts in its Secret; undefined: there is none. */
async function read(texts: Readonly<Record<string, string>> | undefined, verification: object | undefined = undefined) {
  const get = async () => {
    if (texts === undefined) throw new ApiError({ code: 404, reason: "NotFound", message: "not found" });
    const data = Object.entries(texts).map(([name, text]) => [name, Buffer.from(text).toString("base64")]);
    return { metadata: { name: "signers" }, data: Object.fromEntries(data) };
  };
  const client = { get } as unknown as ControllerContext["client"];
  return await readVerification(
    { client, maxSecretValue: 65_536 },
    aRepository({ verification: verification ?? { secretRef: { name: "signers" } } }),
  );
}

describe("readVerification", () => {
  it("reads the keys of all values", async () => {
    const texts = { "ann.pub": `ssh-ed25519 ${ann} ann`, allowed_signers: `# eve\n${allowedSigner("eve", eve)}\n` };
    const keys = new Set([ann, eve]);
    expect(await read(texts)).toEqual({ mode: "TagOrHEAD", secret: "signers", keys });
    const verification = { mode: "Tag", secretRef: { name: "signers" } };
    expect(await read(texts, verification)).toMatchObject({ mode: "Tag" });
  });

  it("has no keys without a Secret, and nothing without the field", async () => {
    expect(await read(undefined, {})).toEqual({ mode: "TagOrHEAD", keys: new Set() });
    const client = {} as ControllerContext["client"];
    expect(await readVerification({ client, maxSecretValue: 65_536 }, aRepository())).toBeUndefined();
  });

  it("refuses a value of more than 64 KiB, however many keys it has", async () => {
    const line = `ssh-ed25519 ${ann} ann\n`;
    const fitting = Math.floor(65_536 / line.length);
    expect(await read({ keys: line.repeat(fitting) })).toMatchObject({ keys: new Set([ann]) });
    await expect(read({ few: line, keys: line.repeat(fitting + 1) })).rejects.toMatchObject({
      reason: "SecretTooLarge",
      retry: "backoff",
      message: expect.stringMatching(/^the key keys of the Secret signers has 65\d{3} bytes, .* 65536 is not used: /),
    });
  });

  it("reports a Secret that does not exist", async () => {
    await expect(read(undefined)).rejects.toMatchObject({
      reason: "SecretNotFound",
      retry: "backoff",
      message: expect.stringMatching(/^there is no Secret signers \(spec.verification.secretRef\) in this namespace: /),
    });
  });

  it.each([
    ["no value", {}, "it has no ssh public key"],
    ["only comments", { a: "# none\n" }, "it has no ssh public key"],
    [
      "a wrong line beside good ones",
      { ok: `ssh-ed25519 ${ann}`, bad: `\nssh-ed25519 ${eve}\nhello` },
      "the key bad cannot be used: line 3 is not a public key",
    ],
    ["a private key", { bad: generatePrivateKey() }, "the key bad cannot be used: it is a private key"],
  ])("refuses a Secret with %s, and repeats none of it", async (_, texts, problem) => {
    const refused = read(texts);
    await expect(refused).rejects.toMatchObject({ reason: "InvalidVerificationKeys", retry: "backoff" });
    await expect(refused).rejects.toThrow(`Secret signers (spec.verification.secretRef): ${problem}`);
    for (const text of Object.values(texts)) {
      for (const line of text.split("\n").filter((one) => one.length > 40))
        await expect(refused).rejects.not.toThrow(line);
    }
  });

  it("refuses more keys than anybody has", async () => {
    const lines = Array.from({ length: 1001 }, () => `ssh-ed25519 ${Keyring.publicKeyOf(generatePrivateKey())}`);
    await expect(read({ a: lines.slice(0, 600).join("\n"), b: lines.slice(600).join("\n") })).rejects.toThrow(
      "it has more than 1000 public keys",
    );
  });
});
