import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shellQuote } from "./shell-quote.ts";

/** What a shell makes of a text. */
const wordsOf = (text: string) =>
  execFileSync("sh", ["-c", `printf '%s\\0' ${text}`])
    .toString()
    .split("\0")
    .slice(0, -1);

describe("shellQuote", () => {
  it.each(["refs/heads/edge1/web/ws1", "a@b.example:x/y", "v1.2-3_4+5%,="])("leaves %s as it is", (text) => {
    expect(shellQuote(text)).toBe(text);
  });

  it.each(["", "a b", "a;touch$IFS-x;echo", "it's", "'", "$(id)", "`id`", "a\nb", "*", "~", "#x", "ä", "-n'\\''"])(
    "quotes %j so that a shell reads it back",
    (text) => {
      expect(wordsOf(shellQuote(text))).toEqual([text]);
    },
  );

  it("makes any text one word that a shell reads back", () => {
    const text = fc.string({ unit: "grapheme" }).filter((one) => !one.includes("\0"));
    fc.assert(
      fc.property(text, (one) => {
        expect(wordsOf(shellQuote(one))).toEqual([one]);
      }),
      { numRuns: 30 },
    );
  });
});
