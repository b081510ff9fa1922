import { describe, expect, it } from "vitest";
import type { CheckResult } from "./file-check.ts";
import { describeReport, type FileResult, reportFiles } from "./file-report.ts";

const bad = (count: number, message = "wrong"): CheckResult => ({
  problems: Array.from({ length: Math.min(count, 10) }, (_, at) => ({ line: at + 1, column: 3, message })),
  count,
});
const FINE: CheckResult = { problems: [], count: 0 };
const YAML = { name: "yaml", reason: "InvalidYAML" };
const SCHEMA = { name: "schema", reason: "InvalidSchema" };
const resultsOf = (results: Iterable<readonly [string, CheckResult]>, check = YAML): readonly FileResult[] =>
  [...results].map(([path, result]) => ({ path, check, result }));

describe("reportFiles", () => {
  it("does not depend on the order of the results", () => {
    const files: readonly [string, CheckResult][] = [
      ["b.yaml", bad(1)],
      ["a.yaml", FINE],
      ["__proto__", bad(2)],
    ];
    const report = reportFiles(resultsOf(files));
    expect(reportFiles(resultsOf(files.toReversed()))).toEqual(report);
    expect(report).toEqual({
      problems: [
        { path: "__proto__", line: 1, column: 3, message: "wrong" },
        { path: "__proto__", line: 2, column: 3, message: "wrong" },
        { path: "b.yaml", line: 1, column: 3, message: "wrong" },
      ],
      count: 3,
      reason: "InvalidYAML",
    });
  });

  it("has no reason without problems", () => {
    expect(reportFiles(resultsOf([["a.yaml", FINE]]))).toEqual({ problems: [], count: 0 });
  });

  it("has the reason of the check that found the first problem, by path, then by name of the check", () => {
    const results = [
      ...resultsOf([["b.yaml", bad(1, "not YAML")]]),
      ...resultsOf([["b.yaml", bad(1, "no kind")]], SCHEMA),
      ...resultsOf([["a.yaml", FINE]], SCHEMA),
    ];
    for (const inOrder of [results, results.toReversed()]) {
      const report = reportFiles(inOrder);
      expect(report.reason).toBe("InvalidSchema");
      expect(report.problems.map(({ message }) => message)).toEqual(["no kind", "not YAML"]);
    }
    const first = resultsOf([["a.yaml", bad(1)]]);
    expect(reportFiles([...results, ...first]).reason).toBe("InvalidYAML");
  });

  it("lists fifty at most, and counts all", () => {
    const report = reportFiles(resultsOf(Array.from({ length: 30 }, (_, at) => [`${at}.yaml`, bad(100)])));
    expect(report.problems.length).toBe(50);
    expect(report.count).toBe(3000);
  });

  it("stays below 17 KiB with the longest paths, as the API server stores them", () => {
    const long = Array.from({ length: 50 }, (_, at) => [`${"<".repeat(1000)}${at}.yaml`, bad(1)] as const);
    const { problems, count } = reportFiles(resultsOf(long));
    const stored = JSON.stringify(problems).replaceAll("<", "\\u003c");
    expect(stored.length).toBeLessThanOrEqual(17 * 1024);
    expect(problems.length).toBeGreaterThan(0);
    expect(count).toBe(50);
  });
});

describe("describeReport", () => {
  it("names the first three, and how many more there are", () => {
    const report = reportFiles(resultsOf([["a.yaml", bad(5)]]));
    expect(describeReport(report)).toBe("a.yaml:1:3: wrong; a.yaml:2:3: wrong; a.yaml:3:3: wrong; and 2 more");
    expect(describeReport(reportFiles(resultsOf([["a.yaml", bad(1)]])))).toBe("a.yaml:1:3: wrong");
  });

  it("keeps the end of long paths", () => {
    const [fits, long] = ["x".repeat(200), "x".repeat(201)].map((path) => reportFiles(resultsOf([[path, bad(1)]])));
    expect([fits, long].map((report) => report && describeReport(report))).toEqual([
      `${"x".repeat(200)}:1:3: wrong`,
      `…${"x".repeat(200)}:1:3: wrong`,
    ]);
    const text = describeReport(reportFiles(resultsOf([[`${"x/".repeat(400)}a.yaml`, bad(9)]])));
    expect(text.length).toBeLessThan(800);
    expect(text).toMatch(/^….*a\.yaml:1:3: wrong;/);
  });
});
