import { describe, expect, it } from "vitest";
import { allowedSigner, parseAllowedSigners } from "./allowed-signers.ts";
import { Keyring } from "./keyring.ts";
import { generatePrivateKey } from "./private-key.ts";

const [one, two] = [generatePrivateKey(), generatePrivateKey()].map(Keyring.publicKeyOf) as [string, string];

describe("parseAllowedSigners", () => {
  it("reads what allowedSigner writes, each key once", () => {
    const text = `# keys\n${allowedSigner("a@example.com", one)}\n${allowedSigner("b@example.com", two)} retired\n`;
    expect(parseAllowedSigners(`${text}${allowedSigner("c@example.com", one)}\n`)).toEqual([one, two]);
  });

  it("leaves out keys for other namespaces and types, and lines that are none", () => {
    const lines = [
      `a@example.com namespaces="file" ssh-ed25519 ${one}`,
      `a@example.com ssh-ed25519 ${one}`,
      `a@example.com namespaces="git" ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ`,
      `a@example.com namespaces="git" ssh-ed25519 ${one.slice(0, -4)}`,
      `#a@example.com namespaces="git"`,
    ];
    expect(parseAllowedSigners(lines.join("\n"))).toEqual([]);
  });
});
