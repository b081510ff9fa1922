import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SecretForms } from "./secret-forms.ts";
import { containsSecret, resemblesSecret } from "./secret-likeness.ts";

const [SHORT, LONG, DIGITS] = [4, 6, 8];
const anySecret = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."abcXYZ019-_/é"), minLength: 1, maxLength: 24 }),
  fc.string({ unit: fc.constantFrom(..."abcdefgh0123456789"), minLength: 60, maxLength: 90 }),
);

/** Words with pieces of the secret's forms among them. */
const anyCase = fc.array(anySecret, { minLength: 1, maxLength: 2 }).chain((secrets) => {
  const forms = new SecretForms(secrets).all;
  const piece = fc
    .record({ form: fc.constantFrom("denied", ...forms), at: fc.nat(100), length: fc.integer({ min: 1, max: 12 }) })
    .map(({ form, at, length }) => form.slice(at % form.length).slice(0, length));
  const word = fc.oneof(piece, fc.constantFrom("push", "denied", "error", "main", "12"));
  return fc.record({ secrets: fc.constant(secrets), words: fc.array(word, { maxLength: 10 }) });
});

/** The definition: of one form, so many characters are in pieces that the text has. */
function naivelyShares(text: string, forms: readonly string[]): boolean {
  return forms.some((form) => {
    const isDigits = /^[0-9]+$/.test(form);
    const length = isDigits ? DIGITS : form.length > 64 ? LONG : SHORT;
    const covered = new Set<number>();
    for (let at = 0; at + length <= form.length; at++) {
      if (!text.includes(form.slice(at, at + length))) continue;
      for (let offset = 0; offset < length; offset++) covered.add(at + offset);
    }
    return covered.size >= Math.min(isDigits ? 16 : 8, Math.max(4, Math.ceil(form.length / 2)));
  });
}

describe("resemblesSecret", () => {
  it("agrees with its definition", () => {
    const seen = new Set<boolean>();
    fc.assert(
      fc.property(anyCase, ({ secrets, words }) => {
        // Words that no rule for spelled-out texts concerns.
        const text = ["message", ...words.filter((word) => word.length > 1)];
        const { all } = new SecretForms(secrets);
        // `0x` may be an escape, or a part of the secret.
        const readings = [text, text.flatMap((word) => word.split("0x"))];
        const expected = readings.some(
          (words) =>
            naivelyShares(words.join(""), all) ||
            naivelyShares(words.filter((word) => !/^[0-9]{1,4}$/.test(word)).join(""), all),
        );
        seen.add(expected);
        expect(resemblesSecret(text.join(" "), secrets)).toBe(expected);
      }),
      { numRuns: 300 },
    );
    expect(seen.size).toBe(2);
  });
});

it("finds a piece of a secret that looks like an escape", () => {
  expect(resemblesSecret("message xab0x", ["ZX_ab/0_XYY"])).toBe(true);
  expect(resemblesSecret("message 0xab", ["ZX_ab/0_XYY"])).toBe(false);
});

describe("a token of the largest size that is compared", () => {
  const token = Array.from({ length: 4096 }, (_, at) => ((Math.imul(at + 7, 2_654_435_761) >>> 9) % 36).toString(36));
  const long = [token.join("")];

  it("is found by eight characters of any part of it, in any form; by 16 digits in decimal", () => {
    for (const form of new SecretForms(long).all) {
      const at = form.length >> 1;
      const length = /^[0-9]+$/.test(form) ? 16 : 8;
      expect(resemblesSecret(`denied: ${form.slice(at, at + length)} refused`, long)).toBe(true);
    }
    expect(resemblesSecret("Permission to org/packages.git denied", long)).toBe(false);
  });

  it("takes no more memory than its forms", () => {
    const characters = new SecretForms(long).all.reduce((sum, form) => sum + form.length, 0);
    expect(characters).toBeLessThan(200 * 4096);
    expect(new SecretForms(["x".repeat(65_536)]).all.reduce((sum, form) => sum + form.length, 0)).toBeLessThan(
      200 * 4096,
    );
  });

  it("is compared with the forms of eight other remotes in between", () => {
    const others = Array.from({ length: 20 }, (_, at) => [`another-password-${at}`]);
    for (const one of others) {
      expect(resemblesSecret(`echo ${one[0]}`, one)).toBe(true);
      expect(resemblesSecret(`echo ${long[0]?.slice(1000, 1008)}`, long)).toBe(true);
      expect(containsSecret(`refs/heads/${one[0]}`, one)).toBe(true);
    }
  });
});
