import { describe, expect, it } from "vitest";
import { formatYaml } from "./format-yaml.ts";

function format(text: string): string {
  const formatted = formatYaml(new TextEncoder().encode(text));
  if ("problems" in formatted) throw new Error(JSON.stringify(formatted.problems));
  return formatted.text;
}

describe("formatYaml", () => {
  it.each([
    ["indentation", "a:\n    b:\n       c: 1\n", "a:\n  b:\n    c: 1\n"],
    ["a root that is indented", "  a: 1\n  b: 2\n", "a: 1\nb: 2\n"],
    ["ends of lines, and of the file", "a: 1  \nb: 2 # c \t\n \n\n", "a: 1\nb: 2 # c\n"],
    ["a missing line break at the end", "a: 1", "a: 1\n"],
    ["line ends of Windows", "a: 1\r\nb: 2\r\n", "a: 1\nb: 2\n"],
    ["empty lines between entries, which stay", "a: 1\n\n\nb: 2\n", "a: 1\n\n\nb: 2\n"],
    ["sequences as the first one is: indented", "a:\n   - 1\nb:\n- 2\n", "a:\n  - 1\nb:\n  - 2\n"],
    [
      "sequences as the first one is: below the key",
      "a:\n- x:   1\n  y: 2\nb:\n    - 2\n",
      "a:\n- x:   1\n  y: 2\nb:\n- 2\n",
    ],
    ["blanks after a dash", "-   a: 1\n    b: 2\n-  - c\n   - d\n", "- a: 1\n  b: 2\n- - c\n  - d\n"],
    ["anchors and tags", "-   &x a: 1\n    b: *x\n-   !!str 1\n", "- &x a: 1\n  b: *x\n- !!str 1\n"],
    [
      "a literal text",
      "a:\n    b: |\n        x\n          y \n\n        z\nc: 1\n",
      "a:\n  b: |\n    x\n      y \n\n    z\nc: 1\n",
    ],
    ["a literal text with its own indentation", "a:\n    b: |2\n        x\n", "a:\n  b: |2\n      x\n"],
    ["a text that is kept to its last line", "a: |+\n    x\n\n\n", "a: |+\n  x\n\n\n"],
    ["a text without a line break at its end", "a: |-\n    x", "a: |-\n  x\n"],
    ["a quoted text over lines", 'a:\n    b: "x\n       y  \n\n       z"\n', 'a:\n  b: "x\n     y  \n\n     z"\n'],
    ["a plain text over lines", "a:\n    b: x\n        y\n", "a:\n  b: x\n      y\n"],
    [
      "brackets over lines",
      "a:\n    b: {c: 1,\n        d: [1,\n        2]}\n",
      "a:\n  b: {c: 1,\n      d: [1,\n      2]}\n",
    ],
    [
      "comments, with what is below",
      "a:\n    # b\n    b: 1\n    # end\n# c\nc: 1\n",
      "a:\n  # b\n  b: 1\n  # end\n# c\nc: 1\n",
    ],
    [
      "the order of documents",
      "---\nb: 1\n---\n# only\n---\na:\n    c: 1\n",
      "---\nb: 1\n---\n# only\n---\na:\n  c: 1\n",
    ],
    ["explicit keys", "? a\n:   b: 1\n", "? a\n:   b: 1\n"],
    ["nothing", "", ""],
    ["only comments", "# a  \n", "# a\n"],
    [
      "numbers, as they are written",
      "a:\n    b: 0777\n    c: 1.10\n    d: 12345678901234567890\n",
      "a:\n  b: 0777\n  c: 1.10\n  d: 12345678901234567890\n",
    ],
  ])("%s", (_, text, expected) => {
    expect(format(text)).toBe(expected);
    expect(format(expected)).toBe(expected);
  });

  it("says what keeps a file from being read", () => {
    expect(formatYaml(new TextEncoder().encode("a: [\n"))).toMatchObject({ count: 1, problems: [{ line: 2 }] });
  });
});
