import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { collectLicenses } from "./licenses.ts";

const root = join(import.meta.dirname, "..", "..");
const input = { bytes: 1, imports: [] };

describe("collectLicenses", () => {
  it("has each package of a bundle once, with its text", async () => {
    const inputs = {
      "src/cli/main.ts": input,
      "node_modules/yaml/dist/index.js": input,
      "node_modules/yaml/dist/errors.js": input,
      "node_modules/@noble/hashes/sha2.js": input,
    };
    const text = await collectLicenses(root, { inputs });
    expect(text.match(/^\S+ \d+\.\d+\.\d+: .+$/gm)).toEqual([
      expect.stringMatching(/^@noble\/hashes .*: MIT$/),
      expect.stringMatching(/^yaml .*: ISC$/),
    ]);
    expect(text).toContain("Permission to use, copy, modify, and/or distribute this software");
  });
});
