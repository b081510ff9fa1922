import fc from "fast-check";
import type { FileMap } from "../package-side.ts";

const line = fc.constantFrom(
  ...["---", "...", "%YAML 1.1", "# comment", "", "\t", "key: &a value", "key: *a", "<<: *a", "base: &a {x: 1}"],
  ...["apiVersion: v1", "apiVersion: apps/v1", "kind: ConfigMap", "kind: Kptfile", "kind: Secret", "kind: List"],
  ...["metadata:", "  name: a", "  name: b", "metadata: # kpt-merge: a/b", "metadata: {name: a}", "metadata: []"],
  ...[
    "  annotations:",
    "    internal.kpt.dev/upstream-identifier: a|b|c|d",
    "    internal.kpt.dev/upstream-identifier: '|'",
  ],
  ...[
    "data:",
    "  a: 1",
    "  a: 2",
    "  __proto__: 1",
    "  constructor: {}",
    "data: [1, 2]",
    "spec: |",
    "  text",
    "  more",
  ],
  ...[
    "items:",
    "  - name: a",
    "  - name: a",
    "  - {name: b, kind: Secret}",
    "  - &a b",
    "  - *a",
    "- x",
    "? [a]",
    ": b",
  ],
  ...[
    "pipeline: {mutators: [{image: a}, {exec: b}]}",
    "upstream: {git: {ref: v1}}",
    "status: {}",
    "!!binary x",
    "{",
    "}",
  ],
  ...["a: 0x1F", "a: 1e400", "a: .nan", "a: 12345678901234567890", "a: 1_000", "a: ~", "a: '\\x00'", 'a: "\\ud800"'],
);
const text = fc
  .tuple(fc.array(line, { maxLength: 14 }), fc.constantFrom("\n", "\n", "\r\n", "\r", "\u2028"))
  .map(([lines, lineBreak]) => `${lines.join(lineBreak)}${lineBreak}`);
const bytes = fc.oneof(
  { weight: 8, arbitrary: text.map((one) => new TextEncoder().encode(one)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 8 }) },
);
const path = fc.constantFrom(
  ...[
    "a.yaml",
    "b.yaml",
    "B.yaml",
    "Kptfile",
    "sub/Kptfile",
    "sub/a.yaml",
    "a.yaml/x",
    "x.json",
    "README",
    "out/a.yaml",
  ],
  ...["__proto__", "kustomization.yaml", "é.yaml", " .yaml"],
);
/** Files that nobody would write. */
export const hostileFiles: fc.Arbitrary<FileMap> = fc
  .array(fc.tuple(path, bytes), { maxLength: 5 })
  .map((entries) => new Map(entries) as FileMap);
