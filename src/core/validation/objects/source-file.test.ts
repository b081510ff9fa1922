import fc from "fast-check";
import { expect, it } from "vitest";
import { locate } from "../text-position.ts";
import { SourceFile } from "./source-file.ts";

it("SourceFile > locates as a scan of the text does", () => {
  const texts = fc.string({ unit: fc.constantFrom("a", "\n", "é", "😀", "\r") });
  fc.assert(
    fc.property(texts, fc.integer({ min: -2, max: 20 }), (text, offset) => {
      expect(new SourceFile("a", text).locate(offset)).toEqual(locate(text, offset));
    }),
  );
});
