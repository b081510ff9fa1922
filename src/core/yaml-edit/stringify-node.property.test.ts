import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Document, type YAMLMap } from "yaml";
import { KUBERNETES_YAML } from "../validation/yaml/read-documents.ts";
import { printItem } from "./stringify-node.ts";

const STYLE = { lineBreak: "\n", indent: 2, isListIndented: false } as const;
const text = fc.oneof(
  fc.constantFrom(
    "y",
    "No",
    "true",
    "NULL",
    "on",
    "e1",
    "x.y/z-1",
    "a_b",
    "off-",
    "a:",
    "- a",
    "a b",
    "a/",
    "~",
    ".inf",
  ),
  fc.string({ unit: fc.constantFrom(..."abnoyYfE019-_./: #") }),
);

describe("printItem", () => {
  it("prints words as the library does", () => {
    fc.assert(
      fc.property(text, text, (key, value) => {
        const document = new Document({ [key]: value }, KUBERNETES_YAML);
        const [pair] = (document.contents as unknown as YAMLMap).items;
        expect(printItem(pair, STYLE, 0)).toBe(document.toString({ lineWidth: 0 }));
      }),
      { numRuns: 2000 },
    );
  });
});
