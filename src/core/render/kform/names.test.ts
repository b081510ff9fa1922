import { describe, expect, it } from "vitest";
import { readSyntax } from "../../cel/cel.ts";
import type { Block } from "./block.ts";
import { maybeExpression, mentionsBlock, namesOf, quoteNames, referenceOf } from "./names.ts";

const block = (name: string): Block => {
  const dot = name.indexOf(".");
  return { name, variable: [name.slice(0, dot), name.slice(dot + 1)] } as unknown as Block;
};
const names = namesOf(
  ["input.context", "input.my-app", "input.in", "input.1a", "local.a", "kubernetes_manifest.claim", "cm.x"].map(block),
);
const referencesIn = (expression: string) =>
  readSyntax(expression).paths.map((path) => {
    const found = referenceOf(path, names);
    return found === undefined ? undefined : `${found.kind} ${found.kind === "loop" ? found.variable : found.name}`;
  });

describe("referenceOf", () => {
  it.each([
    ["input.context[0].data.x", "block input.context"],
    ["input.context", "block input.context"],
    ['input["my-app"][0]', "block input.my-app"],
    ["local.a[0]", "block local.a"],
    ["kubernetes_manifest.claim[0].status", "block kubernetes_manifest.claim"],
    ["data.kubernetes_manifest.claim[0]", "block kubernetes_manifest.claim"],
    ["data.cm.x[0]", "block cm.x"],
    ["input.other[0].x", "unknown input.other"],
    ["local.b[1]", "unknown local.b"],
    ["cm.y[0]", "unknown cm.y"],
    ["other_type.y[0]", "unknown other_type.y"],
    ["data.other_type.y[0]", "unknown other_type.y"],
    ["data.cm.y[0]", "unknown cm.y"],
    ["each.key", "loop each"],
    ["each.value.x", "loop each"],
    ["each.index", "loop each"],
    ["count.index", "loop count"],
  ])("reads %s as %s", (expression, expected) => expect(referencesIn(expression)).toEqual([expected]));

  it("reads a computed key as any block of its variable", () => {
    expect(referencesIn("input[each.key]")).toEqual(["variable input", "loop each"]);
    expect(referencesIn("other[each.key]")).toEqual([undefined, "loop each"]);
  });

  it.each([
    ...["output.log", "data.csv", "input.conf", "input", "each.item", "count.me", "each", "status.addresses[0].ip"],
    ...["data.items.name[0]", "my_file.txt", "a.b.c", "data", "constructor.name", "spec.containers[0].name"],
  ])("takes %s for a plain text", (expression) => expect(referencesIn(expression)).toEqual([undefined]));
});

describe("quoteNames", () => {
  it.each([
    ["input.my-app[0].x", 'input["my-app"][0].x'],
    ["input.in[0]", 'input["in"][0]'],
    ["input.1a[0]", 'input["1a"][0]'],
    ["input.context[0].data.n-1", "input.context[0].data.n-1"],
    ["input.my-other[0]", "input.my-other[0]"],
    ["'input.my-app' + input.my-app[0].x", "'input.my-app' + input[\"my-app\"][0].x"],
    ['"a\\"input.my-app" + input.my-app[0].x', '"a\\"input.my-app" + input["my-app"][0].x'],
    ["x.input.my-app[0]", "x.input.my-app[0]"],
    ["data.kubernetes_manifest.claim[0]", "data.kubernetes_manifest.claim[0]"],
  ])("makes of %s what CEL reads: %s", (given, expected) => expect(quoteNames(given, names)).toBe(expected));
});

it("reads long texts in linear time", () => {
  const started = performance.now();
  for (const part of ['\\"', "\\'", "\"'", "a-", "input.", "a.b-"]) {
    const text = part.repeat(200_000);
    quoteNames(text, names);
    quoteNames(`"${text}`, names);
    mentionsBlock(text, names);
    maybeExpression(text, names);
  }
  expect(performance.now() - started).toBeLessThan(20_000);
});

describe("mentionsBlock", () => {
  it.each(["see input.context[0].data", "https://input.my-app[0].x/", "data.cm.x[0] !"])("is true for %s", (text) => {
    expect(mentionsBlock(text, names)).toBe(true);
  });

  it.each(["see input.context", "input.other[0]", "xinput.context[0]", "a-input.context[0]"])(
    "is false for %s",
    (text) => {
      expect(mentionsBlock(text, names)).toBe(false);
    },
  );
});

describe("maybeExpression", () => {
  it.each(["input.x", "cm[0]", "a + each.key", "['a'].concat('')", ' "a,b".split(",") ', "('a').size()", "a_b.c"])(
    "is true for %s",
    (text) => expect(maybeExpression(text, names)).toBe(true),
  );

  it.each(["plain", "a.b.c", "www.example.org", "['a']", "f(x)", "inputs.x", "input: x", "toString.x", "my input"])(
    "is false for %s",
    (text) => expect(maybeExpression(text, names)).toBe(false),
  );
});
