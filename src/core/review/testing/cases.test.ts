import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { comparePackages } from "../compare-packages.ts";
import { describeChange } from "../describe-change.ts";
import type { ReviewFiles } from "../file-pairs.ts";
import { summarize } from "../summary.ts";

const CASES = join(import.meta.dirname, "cases");
const LIMITS = { risks: 20, resources: 20, fields: 20 };

function readSide(name: string, side: "before" | "after"): ReviewFiles {
  const dir = join(CASES, name, side);
  if (!readdirSync(join(CASES, name)).includes(side)) return new Map();
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(paths.map((path) => [path.slice(dir.length + 1), new Uint8Array(readFileSync(path))]));
}

/** Each folder has the files `before` and `after`, and what a reviewer is told: `expected.txt`. */
describe("cases of reviews", () => {
  const names = readdirSync(CASES).sort();

  it("are at least 30", () => expect(names.length).toBeGreaterThanOrEqual(30));

  it.each(names)("%s", (name) => {
    const change = comparePackages(readSide(name, "before"), readSide(name, "after"));
    const lines = [summarize(change), ...describeChange(change, LIMITS).map(({ text }) => text)];
    expect(`${lines.join("\n")}\n`).toBe(readFileSync(join(CASES, name, "expected.txt"), "utf8"));
  });
});
