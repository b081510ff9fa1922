import { describe, expect, it } from "vitest";
import { createIo } from "../testing/io.ts";
import { formatAge } from "./age.ts";
import { formatFacts } from "./facts.ts";
import { printable } from "./printable.ts";
import { createStyle } from "./style.ts";
import { formatRows, layOutTable } from "./table.ts";

const plain = createStyle(createIo().stdout, {});
const terminal = Object.assign(createIo().stdout, { isTTY: true });

describe("printable", () => {
  it.each([
    ["a\tb\nc ü 漢", "a\tb\nc ü 漢"],
    ["\u001b]0;title\u0007", String.raw`\u{1b}]0;title\u{7}`],
    ["a\u202eb\rc\u0085", String.raw`a\u{202e}b\u{d}c\u{85}`],
  ])("%j → %j", (text, expected) => {
    expect(printable(text)).toBe(expected);
  });
});

describe("createStyle", () => {
  it.each([
    [{}, "\u001b[31mx\u001b[39m"],
    [{ NO_COLOR: "1" }, "x"],
    [{ NO_COLOR: "" }, "\u001b[31mx\u001b[39m"],
    [{ TERM: "dumb" }, "x"],
  ])("with %j at a terminal", (env, expected) => {
    expect(createStyle(terminal, env).red("x")).toBe(expected);
    expect(createStyle(createIo().stdout, env).red("x")).toBe("x");
  });
});

describe("formatAge", () => {
  it.each([
    [0, "0s"],
    [119, "119s"],
    [120, "2m"],
    [7200, "2h"],
    [172_800, "2d"],
    [-5, "0s"],
  ])("%i s ago is %s", (seconds, expected) => {
    expect(formatAge("2026-01-01T00:00:00Z", Date.parse("2026-01-01T00:00:00Z") + 1000 * seconds)).toBe(expected);
  });
});

describe("layOutTable", () => {
  const row = (cells: readonly unknown[], namespace = "ns") => ({ cells, object: { metadata: { namespace } } });
  const table = {
    columnDefinitions: [
      { name: "Name", priority: 0 },
      { name: "Commit", priority: 1 },
      { name: "Revisions", priority: 0 },
    ],
    rows: [row(["a-long-name", "abc", 3]), row(["b", null, 12])],
  };

  it.each([
    [false, false, "NAME          REVISIONS\na-long-name   3\nb             12"],
    [true, false, "NAME          COMMIT   REVISIONS\na-long-name   abc      3\nb                      12"],
    [false, true, "NAMESPACE   NAME          REVISIONS\nns          a-long-name   3\nns          b             12"],
  ])("wide %s, with namespace %s", (wide, withNamespace, expected) => {
    const { header, format } = layOutTable(table, { wide, withNamespace });
    expect([header, ...table.rows.map(format)].join("\n")).toBe(expected);
  });

  it("adds columns that the table does not show", () => {
    const added = [
      { name: "Commit", cell: () => "of the object" },
      { name: "Empty", cell: () => undefined },
    ];
    const titleOf = (wide: boolean) => layOutTable(table, { wide, withNamespace: false, added }).header;
    expect(titleOf(false)).toBe("NAME          REVISIONS   COMMIT          EMPTY");
    expect(titleOf(true)).toBe("NAME          COMMIT   REVISIONS   EMPTY");
    const { format } = layOutTable(table, { wide: false, withNamespace: false, added });
    expect(format(row(["b", null, 12]))).toBe("b             12          of the object");
  });
});

describe("formatRows and formatFacts", () => {
  it("align their columns", () => {
    expect(formatRows(["A", "B"], [["long", "x"]])).toBe("A      B\nlong   x");
    const facts = [
      ["Name", "a"],
      ["Longer", "b\nc"],
      ["Absent", undefined],
    ] as const;
    expect(formatFacts(facts, plain)).toEqual(["Name:    a", "Longer:  b\n         c"]);
  });
});
