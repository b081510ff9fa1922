import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "../identity/canonical-json.ts";
import { jsonValue } from "../testing/arbitraries.ts";
import { parseCommitMetadata } from "./commit-trailers.ts";
import { findInexactNumber } from "./inexact-numbers.ts";

const MAX = 2n ** 63n;
/** Integers as the API server carries them, with many around 2^53. */
const integer = fc.oneof(
  fc.bigInt({ min: -MAX, max: MAX - 1n }),
  fc.bigInt({ min: 2n ** 53n - 20n, max: 2n ** 53n + 20n }),
  fc.bigInt({ min: -(2n ** 53n) - 20n, max: -(2n ** 53n) + 20n }),
);
const parsed = (number: bigint): unknown => JSON.parse(`{"inputs":[{"data":{"n":${number}}}]}`);

describe("findInexactNumber", () => {
  it("finds every integer whose digits the JSON of the digest would not have", () => {
    fc.assert(
      fc.property(integer, (number) => {
        const value = parsed(number);
        const isExact = canonicalJson(value) === `{"inputs":[{"data":{"n":${number}}}]}`;
        return isExact || findInexactNumber(value, "spec") === "spec.inputs[0].data.n";
      }),
    );
  });

  it("accepts no two different integers whose JSON is the same", () => {
    fc.assert(
      fc.property(integer, fc.bigInt({ min: 1n, max: 4n }), (number, difference) => {
        const [one, other] = [parsed(number), parsed(number + difference)];
        const isSame = canonicalJson(one) === canonicalJson(other);
        return !isSame || findInexactNumber(one, "spec") !== undefined;
      }),
    );
  });

  it("accepts every value without such integers, fractions included", () => {
    const accepted = jsonValue.filter((value) => !/[0-9]{16}|e\+/.test(JSON.stringify(value)));
    fc.assert(fc.property(accepted, (value) => findInexactNumber(value, "spec") === undefined));
    for (const number of [0, -0, 0.1, -1.5, 1e-7, 2 ** 53 - 1, -(2 ** 53) + 1, Number.MIN_VALUE]) {
      expect(findInexactNumber(number, "n")).toBeUndefined();
    }
  });

  it("names the first one, with keys that are no plain words in quotes", () => {
    const value = { a: ["1", { "b.c/d": 2 ** 53 }], z: 2 ** 60 };
    expect(findInexactNumber(value, "spec")).toBe('spec.a[1]["b.c/d"]');
  });

  it("finds one in the metadata of a commit that an earlier version wrote", () => {
    const metadata = '{"spec":{"inputs":[{"n":9007199254740993}]}}';
    const message = `Propose\n\nPackage-Path: a\nPackage-Workspace: w\nPackage-Lifecycle: proposed\nPackage-Metadata: ${metadata}\n`;
    expect(findInexactNumber(parseCommitMetadata(message)?.metadata.spec, "spec")).toBe("spec.inputs[0].n");
  });

  it("reads values that are nested deeper than JSON can be written", () => {
    let value: unknown = 2 ** 53;
    for (let depth = 0; depth < 5_000; depth++) value = [value];
    expect(findInexactNumber(value, "")).toMatch(/^(\[0\]){5000}$/);
  });
});
