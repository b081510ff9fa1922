import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "./canonical-json.ts";
import { parseJson } from "./parse-json.ts";

/** V8 compares a key with those that objects of the same shape had: each pair needs a shape that is new. */
let shapes = 0;

const keysOf = (text: string) => Object.keys(parseJson(text) as object);

describe("parseJson", () => {
  it("reads keys with escapes, whatever the objects before had in their place", () => {
    const keys = ['"', "\\", "\u000b", "\n", "a", 'a"', "a\\", "\u{e000}", "\u{e001}", "\u{e000}\u{e001}\n"];
    for (const before of keys) {
      for (const key of keys) {
        const first = `first ${shapes++}`;
        const text = (last: string) => JSON.stringify({ [first]: 1, [last]: 2 });
        expect(keysOf(text(before))).toEqual([first, before]);
        expect(keysOf(text(key))).toEqual([first, key]);
      }
    }
  });

  it("reads any value as it was written", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", '"', "\\", ":", "\n", "\u000b", "{", " ", "\u{e000}", "\u{e001}"),
    });
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), text, fc.array(tie("value")), tie("object")),
      object: fc.dictionary(text, tie("value")),
    }));
    fc.assert(fc.property(value, (one) => canonicalJson(parseJson(canonicalJson(one))) === canonicalJson(one)));
  });

  it("throws at what is no JSON", () => {
    expect(() => parseJson('{"a":')).toThrow(SyntaxError);
    expect(() => parseJson('{"\\n":')).toThrow(SyntaxError);
  });
});
