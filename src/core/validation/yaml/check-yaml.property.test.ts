import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CST, Parser } from "yaml";
import { checkYaml } from "./check-yaml.ts";
import { lexemesOf } from "./lexer.ts";
import { readDocuments } from "./read-documents.ts";

const RUNS = { numRuns: 2000 };
const word = fc.constantFrom("canary", "canary1", "7", "null", "<<", "~", "0x1", "1:30");
const sign = fc.constantFrom(
  ...[
    "[",
    "]",
    "{",
    "}",
    ",",
    ": ",
    "? ",
    "- ",
    ":",
    "?",
    "-",
    "&canary ",
    "*canary ",
    "!canary ",
    "!!set ",
    "!<canary> ",
  ],
  ...[
    "'",
    '"',
    "\\",
    "\\q",
    "|\n",
    ">-\n",
    "|canary\n",
    "# ",
    "%canary\n",
    "%YAML 1.2\n",
    "---\n",
    "--- ",
    "...\n",
    "@",
    "`",
  ],
  ...["\n", "\r\n", "\r", " ", "  ", "    ", "\t", "\uFEFF", "\u2028", "\ud83d", "{{ ", " }}", "=", "\u0085"],
);
/** Texts of YAML's tokens: nearly all of them are invalid. */
const yamlish = fc.array(fc.oneof(sign, word), { maxLength: 60 }).map((parts) => parts.join(""));

const encode = (text: string) => new TextEncoder().encode(text);

describe("checkYaml", () => {
  it("never throws, and reports positions within the text, in order", () => {
    fc.assert(
      fc.property(yamlish, (text) => {
        const { problems, count } = checkYaml(encode(text));
        const lines = new TextDecoder("utf-8", { ignoreBOM: true }).decode(encode(text)).split("\n");
        expect(problems.length).toBe(Math.min(count, 10));
        for (const { line, column } of problems) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(column).toBeGreaterThanOrEqual(1);
          expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? -1) + 1);
        }
        const places = problems.map(({ line, column }) => line * 1e6 + column);
        expect(places).toEqual(places.toSorted((a, b) => a - b));
      }),
      RUNS,
    );
  });

  it("never quotes the file in a message", () => {
    fc.assert(
      fc.property(yamlish, (text) => {
        for (const { message } of checkYaml(encode(text)).problems) {
          expect(message).not.toContain("canary");
          expect(message.length).toBeLessThanOrEqual(128);
        }
      }),
      RUNS,
    );
  });

  it("never throws for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        checkYaml(bytes);
      }),
      RUNS,
    );
  });
});

function* tokensOf(text: string): Iterable<CST.Token> {
  const parser = new Parser();
  for (const lexeme of lexemesOf(text)) yield* parser.next(lexeme);
  yield* parser.end();
}

/** The depth of the library's own tree, measured without recursion. */
function depthOf(text: string): number {
  let deepest = 0;
  for (const token of tokensOf(text)) {
    const open: (readonly [CST.Token, number])[] = [[token, 0]];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [one, depth] = next;
      deepest = Math.max(deepest, depth);
      if (one.type === "document" && one.value !== undefined) open.push([one.value, depth + 1]);
      if (!CST.isCollection(one)) continue;
      for (const { key, value } of one.items)
        for (const below of [key, value]) if (below) open.push([below, depth + (CST.isCollection(below) ? 1 : 0)]);
    }
  }
  return deepest;
}

describe("readDocuments", () => {
  const limit = fc.integer({ min: 3, max: 40 });

  it("rejects every text deeper than the limit, and no text that is clearly less deep", () => {
    fc.assert(
      fc.property(yamlish, limit, (text, limit) => {
        const [depth, read] = [depthOf(text), readDocuments(text, limit)];
        if (depth > limit) expect(read).toHaveProperty("deepAt");
        // The document and the value being read are on the stack, too.
        if (depth < limit - 2) expect(read).toHaveProperty("documents");
      }),
      { numRuns: 5000 },
    );
  });

  it("rejects deep texts made of any repeated tokens", () => {
    const unit = fc.array(fc.oneof(sign, word), { minLength: 1, maxLength: 6 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.array(unit, { minLength: 1, maxLength: 2 }), (units) => {
        const text = units.map((one) => one.repeat(200)).join("");
        if ("documents" in readDocuments(text, 100)) expect(depthOf(text)).toBeLessThanOrEqual(100);
      }),
      // The library reads each repetition of these as a part of the one before it.
      { numRuns: 500, examples: [[[": ? |canary\n\\q", "["]], [[": : %YAML 1.2\ncanary", "["]]] },
    );
  });
});
