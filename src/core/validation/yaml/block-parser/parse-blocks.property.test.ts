import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Composer, type CST, Parser } from "yaml";
import { lexemesOf } from "../lexer.ts";
import { KUBERNETES_YAML, readDocuments } from "../read-documents.ts";
import { TokenRules } from "../token-rules.ts";
import { parseBlocks } from "./parse-blocks.ts";

const ROOT = join(import.meta.dirname, "../../../../..");
const MAX_DEPTH = 100;

/** What the library makes of a text, and whether Kubernetes has rules of its own against it. */
function parse(text: string): { readonly tokens: readonly CST.Token[]; readonly refused: number } {
  const [parser, rules, tokens] = [new Parser(), new TokenRules(), [] as CST.Token[]];
  for (const lexeme of lexemesOf(text)) {
    rules.next(lexeme);
    tokens.push(...parser.next(lexeme));
  }
  return { tokens: [...tokens, ...parser.end()], refused: rules.found.length };
}

/** Documents that the library alone has read. */
function compose(tokens: readonly CST.Token[]) {
  return [...new Composer({ ...KUBERNETES_YAML, prettyErrors: false }).compose(tokens)];
}

/** Nodes as plain objects, with their classes. Each merge key is a symbol of its own. */
function plain(value: unknown): unknown {
  if (typeof value === "symbol") return value.description;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).filter(([key]) => key !== "addToJSMap" && key !== "schema");
  return { class: value.constructor.name, fields: fields.map(([key, one]) => [key, plain(one)]) };
}

const words = fc.constantFrom(
  ...["a", "b c", "1", "1.50", "0x1F", "0o17", "1:30", "yes", "Off", "null", "~", "<<", "=", ".inf", "2020-01-01", "é"],
  ...["x: y", "- z", "'q'", '"d"', "'m\n  n'", '"m\nn"', '"e\\"f"', "'it''s'", '"\\q"', "'open", '"open', "a\n b", ""],
  ...["{}", "[]", "[a, 'b']", "{a: b, c: [1]}", "[a, ?b]", "[:a]", "{a: [", "[a]: b", "[a] # c", "[a] b", "[\n a]"],
  ...["|", "|-", "|+", ">", "> # c", "|2", "|x", "&a", "&a b", "*a", "*a b", "!t x", "& x", "&a [b]", "&a |"],
  ...["#c", "# c", "a #b", "a#b", "a:b", "http://x", "--", "---", "...", "-x", "?x", "? x", ":x", ": x", "- - a"],
  ...["@", "%x", "`x", "\tx", "x\ty", ",x", "a:", "a :", "\r", "\u2028", "x  ", "'k' : v", "'k':v"],
);
const keys = fc.constantFrom("a", "b", "c d", '"k"', "'k'", "a.b/c", "1", "true", "x-y");
const line = fc
  .tuple(
    fc.constantFrom(0, 0, 0, 2, 2, 2, 4, 4, 1, 3, 6),
    fc.oneof(
      {
        weight: 7,
        arbitrary: fc.tuple(keys, fc.constantFrom(": ", ": ", ":", ":  "), words).map((one) => one.join("")),
      },
      { weight: 4, arbitrary: keys.map((key) => `${key}:`) },
      { weight: 3, arbitrary: fc.tuple(fc.constantFrom("- ", "- ", "-   ", "-"), words).map((one) => one.join("")) },
      { weight: 3, arbitrary: fc.tuple(keys, words).map(([key, word]) => `- ${key}: ${word}`) },
      { weight: 3, arbitrary: fc.constantFrom("# c", "#c", "", "", "   ") },
      { weight: 1, arbitrary: words },
    ),
  )
  .map(([indent, content]) => " ".repeat(indent) + content);
const marker = fc.constantFrom("---", "---  ", "--- # c", "--- a", "...", "%YAML 1.2");
const text = fc
  .tuple(fc.array(fc.oneof({ weight: 20, arbitrary: line }, marker), { maxLength: 12 }), fc.boolean())
  .map(([lines, hasBreak]) => lines.join("\n") + (hasBreak ? "\n" : ""));

/** Files as people write them, and as controller-gen does. */
const FILES = ["crds/**/*.yaml", "helm/**/*.yaml", "src/core/render/testing/cases/*/input/**"].flatMap((glob) =>
  globSync(glob, { cwd: ROOT, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => readFileSync(join(one.parentPath, one.name), "utf8")),
);
/** A file with a line that is removed, doubled, indented or cut, or that has something else in it. */
const changedFile = fc
  .tuple(fc.constantFrom(...FILES.filter(({ length }) => length < 5_000)), fc.nat(), fc.nat(6), words, fc.nat(40))
  .map(([file, at, kind, word, column]) => {
    const lines = file.split("\n");
    const index = at % lines.length;
    const old = lines[index] ?? "";
    const changes = [[], [old, old], [`  ${old}`], [old.slice(1)], [old, word], [`${old} ${word}`]];
    lines.splice(index, 1, ...(changes[kind] ?? [old.slice(0, column) + word + old.slice(column)]));
    return lines.join("\n");
  });

describe("parseBlocks", () => {
  it("gives the library's tokens, and leaves to it what Kubernetes refuses", () => {
    let count = 0;
    fc.assert(
      fc.property(fc.oneof(text, changedFile), (text) => {
        const tokens = parseBlocks(text, MAX_DEPTH);
        if (tokens === undefined) return;
        count++;
        expect({ tokens, refused: 0 }).toEqual(parse(text));
      }),
      { numRuns: 4000, examples: [["a:\n# c\n---"], ["a: [b] &a |\n c\n"]] },
    );
    expect(count).toBeGreaterThan(600);
  });

  it("reads the files that people write", () => {
    const unread = FILES.filter((text) => parseBlocks(text, MAX_DEPTH) === undefined);
    expect(unread.length / FILES.length).toBeLessThan(0.1);
    for (const text of FILES) expect(parseBlocks(text, MAX_DEPTH) ?? parse(text).tokens).toEqual(parse(text).tokens);
  });

  it("reads no text that is deeper than the limit", () => {
    const deep = Array.from({ length: 60 }, (_, depth) => `${" ".repeat(depth)}a:\n`).join("");
    for (const text of [deep, `a: ${"[".repeat(60)}${"]".repeat(60)}\n`, `${"- ".repeat(60)}a\n`]) {
      expect(parseBlocks(text, 59)).toBeUndefined();
      expect(parseBlocks(text, 70)).toBeDefined();
    }
  });

  it.each([
    ["blank lines and comments", `a: |\n b\n${"\n".repeat(200_000)}${"#\n    #\n".repeat(20_000)}`],
    ["quotes that are not closed", `a: '\n`.repeat(100_000)],
    ["lines of one value", `a:\n${"  b\n".repeat(300_000)}`],
    ["block scalars without lines", "a: |\n\n\n".repeat(50_000)],
    ["nested lists", `${"- ".repeat(50)}a\n`.repeat(5_000)],
  ])("takes linear time for %s", (_, text) => {
    const started = performance.now();
    parseBlocks(text, MAX_DEPTH);
    expect(performance.now() - started).toBeLessThan(4_000);
  });
});

describe("readDocuments", () => {
  it("gives the documents that the library's parser and schema give", () => {
    fc.assert(
      fc.property(fc.oneof(text, changedFile), (text) => {
        if (parseBlocks(text, MAX_DEPTH) === undefined) return;
        const [read, wanted] = [readDocuments(text, MAX_DEPTH), compose(parse(text).tokens)];
        const errors = wanted.flatMap((one) => one.errors);
        expect("documents" in read && read.errors.map(({ code, pos }) => [code, pos])).toEqual(
          errors.map(({ code, pos }) => [code, pos]),
        );
        const shown = (documents: readonly (typeof wanted)[number][]) =>
          documents.map(({ contents, comment, commentBefore, range }) =>
            plain({ contents, comment, commentBefore, range }),
          );
        expect("documents" in read && shown(read.documents)).toEqual(shown(wanted));
      }),
      { numRuns: 1000 },
    );
  });
});
