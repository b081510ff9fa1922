import { describe, expect, it } from "vitest";
import type { Condition } from "../../api/v1alpha1/conditions.ts";
import { condition } from "../testing/observed.ts";
import type { FileReport } from "../validation/file-report.ts";
import { type Readiness, summarizeConditions } from "./conditions.ts";

const NOW = "2025-06-07T08:09:10Z";
const BEFORE = "2025-01-02T03:04:05Z";
const readiness = (state: Readiness["state"]): Readiness => ({ state, reason: "Why", message: "for people" });
const ours = (type: string, status: "True" | "False", lastTransitionTime = NOW) => ({
  type,
  status,
  observedGeneration: 3,
  lastTransitionTime,
  reason: "Why",
  message: "for people",
});

describe("foldConditions", () => {
  it.each<[Readiness["state"], object[]]>([
    ["ready", [ours("Ready", "True")]],
    ["reconciling", [ours("Ready", "False"), ours("Reconciling", "True")]],
    ["stalled", [ours("Ready", "False"), ours("Stalled", "True")]],
  ])("tells %s as kstatus does", (state, conditions) => {
    expect(summarizeConditions([], readiness(state), 3, NOW)).toEqual(conditions);
  });

  it("keeps the time of what stays as it is, and only that", () => {
    const before = [condition("Ready", "False"), condition("Stalled", "True")];
    expect(summarizeConditions(before, readiness("stalled"), 3, NOW)).toEqual([
      ours("Ready", "False", BEFORE),
      ours("Stalled", "True", BEFORE),
    ]);
    expect(summarizeConditions(before, readiness("ready"), 3, NOW)).toEqual([ours("Ready", "True")]);
    expect(summarizeConditions(before, readiness("reconciling"), 3, NOW)).toEqual([
      ours("Ready", "False", BEFORE),
      ours("Reconciling", "True"),
    ]);
  });

  it("tells what is wrong with the files while something is, and keeps that where nothing new is known", () => {
    const problem = { path: "a.yaml", line: 1, column: 2, message: "wrong" };
    const fold = (before: readonly Condition[], report?: FileReport) =>
      summarizeConditions(before, readiness("ready"), 3, NOW, report);
    const bad = fold([condition("WellFormed", "False")], { problems: [problem], count: 1 });
    const told = { ...ours("WellFormed", "False", BEFORE), reason: "InvalidYAML", message: "a.yaml:1:2: wrong" };
    expect(bad).toEqual([ours("Ready", "True"), told]);
    expect(fold(bad)).toEqual(bad);
    expect(fold(bad, { problems: [], count: 0 })).toEqual([ours("Ready", "True")]);
  });

  it("leaves what others set, in its order", () => {
    const others = [condition("example.com/scanned", "True"), condition("pkg.pkgserver.dev/policy", "Unknown")];
    const before = [others[0], condition("Reconciling", "True"), others[1]].flatMap((one) => one ?? []);
    expect(summarizeConditions(before, readiness("ready"), 3, NOW)).toEqual([ours("Ready", "True"), ...others]);
  });

  it("fits a message into what a condition can hold", () => {
    const [ready] = summarizeConditions([], { state: "ready", reason: "Why", message: "x".repeat(9000) }, 3, NOW);
    expect(ready?.message.length).toBe(8192);
  });
});
