import { VERSION } from "../../api/version.ts";
import type { ValidationProblem } from "../folder/validate-files.ts";

/** A log of SARIF 2.1.0 with the problems of a folder, as code hosts and editors show it. */
export function toSarif(problems: readonly ValidationProblem[], warnings: readonly ValidationProblem[]): object {
  const ids = [...new Set([...problems, ...warnings].map(({ rule }) => rule))].sort();
  return {
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "kubectl-pkg", version: VERSION, rules: ids.map((id) => ({ id })) } },
        columnKind: "utf16CodeUnits",
        results: [...problems.map(resultOf("error")), ...warnings.map(resultOf("warning"))],
      },
    ],
  };
}

function resultOf(level: "error" | "warning"): (problem: ValidationProblem) => object {
  return ({ rule, message, path, line, column }) => ({
    ruleId: rule,
    level,
    message: { text: message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: path.split("/").map(encodeURIComponent).join("/") },
          region: { startLine: line, startColumn: column },
        },
      },
    ],
  });
}
