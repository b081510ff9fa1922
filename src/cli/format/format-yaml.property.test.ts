import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { readYaml } from "../../core/validation/yaml/check-yaml.ts";
import { formatYaml } from "./format-yaml.ts";

const text = fc.oneof(
  fc.constantFrom("", "a", "yes", "1", "a b", "a: b", "# no", "x\ny\n", "x\n\n  y", "long ".repeat(30), "\n", " a\nb"),
  fc.string({ maxLength: 8 }),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    text,
    fc.constantFrom(null, true, 0, -1.5, 1e21),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "key", "metadata", "x y"), tie("value"), { maxKeys: 3 }),
  ),
}));
const documents = fc.array(value, { minLength: 1, maxLength: 3 });
const style = fc.record({
  indent: fc.integer({ min: 1, max: 6 }),
  indentSeq: fc.boolean(),
  lineWidth: fc.constantFrom(0, 20, 80),
  defaultStringType: fc.constantFrom("PLAIN" as const, "QUOTE_DOUBLE" as const, "QUOTE_SINGLE" as const),
  collectionStyle: fc.constantFrom("any" as const, "block" as const, "flow" as const),
});

function format(source: string): string | undefined {
  const formatted = formatYaml(new TextEncoder().encode(source));
  return "problems" in formatted ? undefined : formatted.text;
}

/** As Kubernetes reads them, which is less strict than the library about the indentation of quoted texts. */
function valuesOf(source: string): readonly unknown[] {
  const read = readYaml(new TextEncoder().encode(source));
  return "problems" in read ? [] : read.documents.map((one): unknown => one.toJS());
}
const join = (values: readonly unknown[], options: object) =>
  values.map((one) => stringify(one, { version: "1.1", ...options })).join("---\n");

/** Adds comments, blanks and empty lines where a file has room for them. */
function untidy(source: string, where: readonly number[]): string {
  return source
    .split("\n")
    .map((line, index) => {
      const what = where[index % where.length] ?? 0;
      const indent = /^ */.exec(line)?.[0] ?? "";
      if (what === 1) return `${indent}# note ${index}\n${line}`;
      if (what === 2) return `${line}   `;
      return what === 3 ? `\n${line}` : line;
    })
    .join("\n");
}

describe("formatYaml", () => {
  it("changes nothing but white space, nothing that is read, and nothing a second time", () => {
    fc.assert(
      fc.property(documents, style, fc.array(fc.nat(6), { minLength: 1, maxLength: 12 }), (values, options, where) => {
        const source = untidy(join(values, options), where);
        const formatted = format(source);
        if (formatted === undefined) return;
        expect(formatted.replaceAll(/\s/g, "")).toBe(source.replaceAll(/\s/g, ""));
        expect(valuesOf(formatted)).toEqual(valuesOf(source));
        expect(format(formatted)).toBe(formatted);
      }),
      { numRuns: 2_000 },
    );
  });

  it("gives what was written with another indentation the usual one", () => {
    fc.assert(
      fc.property(documents, fc.integer({ min: 3, max: 6 }), (values, indent) => {
        const options = { lineWidth: 0 };
        const usual = join(values, { ...options, indent: 2 });
        // Texts that begin with a blank have an indentation of their own, and folded ones may.
        fc.pre(!/[|>]\d/.test(usual));
        expect(format(join(values, { ...options, indent }))).toBe(format(usual));
      }),
      { numRuns: 2_000 },
    );
  });
});
