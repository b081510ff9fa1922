import type { FileProblem } from "../../api/v1alpha1/package-revision-resources.ts";
import { VERSION } from "../version.ts";

/** A log of SARIF 2.1.0 with the problems of a folder, as code hosts and editors show it. */
export function toSarif(problems: readonly FileProblem[], warnings: readonly FileProblem[]): object {
  const resultOf = (level: "error" | "warning") => (one: FileProblem) => ({
    ruleId: level === "error" ? "invalid" : "unknown-field",
    level,
    message: { text: one.message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: one.path.split("/").map(encodeURIComponent).join("/") },
          region: { startLine: one.line, startColumn: one.column },
        },
      },
    ],
  });
  return {
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: { name: "kubectl-pkg", version: VERSION, rules: [{ id: "invalid" }, { id: "unknown-field" }] },
        },
        columnKind: "utf16CodeUnits",
        results: [...problems.map(resultOf("error")), ...warnings.map(resultOf("warning"))],
      },
    ],
  };
}
