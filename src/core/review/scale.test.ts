import { describe, expect, it } from "vitest";
import { boundChange } from "./bound-change.ts";
import { comparePackages } from "./compare-packages.ts";
import { compareFiles, type ReviewFiles } from "./file-pairs.ts";

const encoder = new TextEncoder();
const files = (texts: Readonly<Record<string, string>>): ReviewFiles =>
  new Map(Object.entries(texts).map(([path, text]) => [path, encoder.encode(text)] as const));
const repeat = <T>(count: number, one: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => one(at));
const object = (name: string, data: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n${data}`;
const role = (at: number, rules: string) =>
  `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r${at}}\nrules:\n${rules}`;
const list = (count: number, of: string) => `[${repeat(count, (at) => `${of}${at}`).join(", ")}]`;
const side = (of: (at: number) => string, count: number, end: string) => `${repeat(count, of).join("")}${end}\n`;

/** Two revisions that are made to take long. */
const SHAPES: Readonly<Record<string, readonly [ReviewFiles, ReviewFiles]>> = {
  "20,000 objects": [
    new Map(),
    files({ "a.yaml": repeat(20_000, (at) => object(`c${at}`, "  a: b\n")).join("---\n") }),
  ],
  "4,000 objects of one name, in another order": [
    files({ "a.yaml": repeat(4_000, (at) => object("c", `  a: b${at}\n`)).join("---\n") }),
    files({ "b.yaml": repeat(4_000, (at) => object("c", `  a: b${4_000 - at}\n`)).join("---\n") }),
  ],
  "a list of 100,000 items without keys": [
    files({
      "a.yaml": side((at) => `  - {x: ${at}}\n`, 100_000, "a: 1").replace(/^/, "kind: A\napiVersion: a/v1\nspec:\n"),
    }),
    files({
      "a.yaml": side((at) => `  - {x: ${at + 1}}\n`, 100_000, "a: 1").replace(
        /^/,
        "kind: A\napiVersion: a/v1\nspec:\n",
      ),
    }),
  ],
  "lists that nest": [
    files({ "a.yaml": object("a", `  a: ${"[".repeat(200)}${list(20_000, "a")}${"]".repeat(200)}\n`) }),
    files({ "a.yaml": object("a", `  a: ${"[".repeat(200)}${list(20_000, "b")}${"]".repeat(200)}\n`) }),
  ],
  "a role with rules that must all be compared": [
    files({
      "a.yaml": role(1, repeat(2_000, (at) => `  - {apiGroups: [g${at}], resources: [r], verbs: [v]}\n`).join("")),
    }),
    files({
      "a.yaml": role(
        1,
        `  - {apiGroups: ${list(1_000, "a")}, resources: ${list(1_000, "r")}, verbs: ${list(1_000, "v")}}\n`,
      ),
    }),
  ],
  "texts without a line in common": [
    files({ "a.txt": side((at) => `x${at}\n`, 50_000, "x") }),
    files({ "a.txt": side((at) => `y${at}\n`, 50_000, "y") }),
  ],
  "2,000 texts that each differ a little": [
    files(
      Object.fromEntries(repeat(2_000, (at) => `a${at}.txt`).map((path) => [path, side((at) => `${at}\n`, 100, "x")])),
    ),
    files(
      Object.fromEntries(repeat(2_000, (at) => `a${at}.txt`).map((path) => [path, side((at) => `${at}\n`, 100, "y")])),
    ),
  ],
  "3,000 files of one size that are moved": [
    files(Object.fromEntries(repeat(3_000, (at) => `${at + 10_000}`).map((text) => [`a${text}.txt`, text]))),
    files(Object.fromEntries(repeat(3_000, (at) => `${at + 12_000}`).map((text) => [`b/a${text}.txt`, text]))),
  ],
  "one line of two megabytes": [
    files({ "a.yaml": object("a", `  a: ${"x".repeat(2_000_000)}\n`) }),
    files({ "a.yaml": object("a", `  a: ${"x".repeat(2_000_000)}y\n`) }),
  ],
  "aliases of aliases": [
    files({ "a.yaml": object("a", "  a: &a [1, 2]\n") }),
    files({
      "a.yaml": object("a", `  a0: &a0 x\n${repeat(60, (at) => `  a${at + 1}: &a${at + 1} [*a${at}]\n`).join("")}`),
    }),
  ],
};

/** Milliseconds of this thread's own work from now on: a busy machine takes several times as long. */
function startCpuClock(): () => number {
  const before = process.threadCpuUsage();
  return () => {
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000;
  };
}

describe("comparePackages and boundChange", { timeout: 120_000 }, () => {
  it.each(Object.entries(SHAPES))("take bounded time for %s", (_, [before, after]) => {
    const spent = startCpuClock();
    const pairs = compareFiles(before, after);
    const bounded = boundChange(comparePackages(before, after, pairs), pairs);
    expect(bounded.fileCount).toBeGreaterThan(0);
    expect(Buffer.byteLength(JSON.stringify(bounded))).toBeLessThanOrEqual(48 * 1024);
    expect(spent()).toBeLessThan(30_000);
  });

  it("takes less than 100 ms for an ordinary package", () => {
    const objects = (tag: number) =>
      files(
        Object.fromEntries(
          repeat(
            20,
            (at) => [`f${at}.yaml`, repeat(5, (no) => object(`c${at}-${no}`, `  a: b${tag}\n`)).join("---\n")] as const,
          ),
        ),
      );
    const times = repeat(10, () => "").map(() => {
      const spent = startCpuClock();
      const [before, after] = [objects(1), objects(2)];
      const pairs = compareFiles(before, after);
      boundChange(comparePackages(before, after, pairs), pairs);
      return spent();
    });
    expect(Math.min(...times)).toBeLessThan(100);
  });
});
