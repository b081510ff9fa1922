import { VERSION } from "../../api/version.ts";
import type { Validation, ValidationProblem } from "../folder/validate-files.ts";

type Logged = Pick<Validation, "problems" | "warnings" | "policyProblems">;

/** A log of SARIF 2.1.0 with the problems of a folder, as code hosts and editors show it. */
export function toSarif({ problems, warnings, policyProblems }: Logged): object {
  const rules = [...problems, ...warnings].map(({ rule }) => rule);
  const ids = [...new Set([...rules, ...policyProblems.map(ruleOf)])].sort();
  return {
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "kubectl-pkg", version: VERSION, rules: ids.map((id) => ({ id })) } },
        columnKind: "utf16CodeUnits",
        results: [
          // They are in no file of the folder.
          ...policyProblems.map((one) => ({
            ruleId: ruleOf(one),
            level: one.severity,
            message: { text: one.message },
          })),
          ...problems.map(resultOf("error")),
          ...warnings.map(resultOf("warning")),
        ],
      },
    ],
  };
}

function ruleOf({ policy }: Logged["policyProblems"][number]): string {
  return `policy/${policy}`;
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
