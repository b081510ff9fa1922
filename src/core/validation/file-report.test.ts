import { describe, expect, it } from "vitest";
import type { CheckResult } from "./check-yaml.ts";
import { claimsYaml, describeReport, reportFiles } from "./file-report.ts";

const bad = (count: number, message = "wrong"): CheckResult => ({
  problems: Array.from({ length: Math.min(count, 10) }, (_, at) => ({ line: at + 1, column: 3, message })),
  count,
});
const FINE: CheckResult = { problems: [], count: 0 };

describe("claimsYaml", () => {
  it.each(["a.yaml", "a/b.yml", "Kptfile", "a/Kptfile", ".yaml"])("%s", (path) => expect(claimsYaml(path)).toBe(true));
  it.each(["a.json", "README.md", "a.yaml.tmpl", "yaml", "MyKptfile", "Kptfile/a", "a.YAML"])("not %s", (path) =>
    expect(claimsYaml(path)).toBe(false),
  );
});

describe("reportFiles", () => {
  it("is the same for the same verdicts in any order", () => {
    const files: readonly [string, CheckResult][] = [
      ["b.yaml", bad(1)],
      ["a.yaml", FINE],
      ["__proto__", bad(2)],
    ];
    const report = reportFiles(new Map(files));
    expect(reportFiles(new Map(files.toReversed()))).toEqual(report);
    expect(report).toEqual({
      problems: [
        { path: "__proto__", line: 1, column: 3, message: "wrong" },
        { path: "__proto__", line: 2, column: 3, message: "wrong" },
        { path: "b.yaml", line: 1, column: 3, message: "wrong" },
      ],
      count: 3,
    });
  });

  it("lists fifty at most, and counts all", () => {
    const report = reportFiles(new Map(Array.from({ length: 30 }, (_, at) => [`${at}.yaml`, bad(100)])));
    expect(report.problems.length).toBe(50);
    expect(report.count).toBe(3000);
  });

  it("stays below 24 KiB with the longest paths, as the API server stores them", () => {
    const long = Array.from({ length: 50 }, (_, at) => [`${"<".repeat(1000)}${at}.yaml`, bad(1)] as const);
    const { problems, count } = reportFiles(new Map(long));
    const stored = JSON.stringify(problems).replaceAll("<", "\\u003c");
    expect(stored.length).toBeLessThanOrEqual(24 * 1024);
    expect(problems.length).toBeGreaterThan(0);
    expect(count).toBe(50);
  });
});

describe("describeReport", () => {
  it("names the first three, and how many more there are", () => {
    const report = reportFiles(new Map([["a.yaml", bad(5)]]));
    expect(describeReport(report)).toBe("a.yaml:1:3: wrong; a.yaml:2:3: wrong; a.yaml:3:3: wrong; and 2 more");
    expect(describeReport(reportFiles(new Map([["a.yaml", bad(1)]])))).toBe("a.yaml:1:3: wrong");
  });

  it("keeps the end of long paths", () => {
    const text = describeReport(reportFiles(new Map([[`${"x/".repeat(400)}a.yaml`, bad(9)]])));
    expect(text.length).toBeLessThan(800);
    expect(text).toMatch(/^….*a\.yaml:1:3: wrong;/);
  });
});
