import type { FileProblem } from "../../api/v1alpha1/package-revision-resources.ts";
import { encodeFile, jsonSize, MAX_SHOWN } from "../../core/files/package-file.ts";
import { pathClashes } from "../../core/files/path-tree.ts";
import { fileChecks } from "../../core/validation/checks/registry.ts";
import { type FileReport, reportFiles } from "../../core/validation/file-report.ts";
import { ExcludedFiles } from "../../core/validation/ignore/ignore-file.ts";
import type { ObjectProblem } from "../../core/validation/objects/finding.ts";
import { TargetInventory } from "../../core/validation/target/inventory.ts";
import { withTargetProblems } from "../../core/validation/target/target-problems.ts";
import {
  type PackageValidation,
  type ValidationOptions,
  validatePackage,
} from "../../core/validation/validate-package.ts";
import { type ReadYaml, rememberReadings } from "../../core/validation/yaml/check-yaml.ts";

/** A problem, and the rule that found it. */
export type ValidationProblem = FileProblem & Pick<ObjectProblem, "rule">;

export interface Validation
  extends Pick<PackageValidation, "count" | "warningCount" | "policyProblems" | "notCompared"> {
  readonly problems: readonly ValidationProblem[];
  readonly warnings: readonly ValidationProblem[];
}

interface Options extends ValidationOptions {
  /** With what would stop the build of the package's target. */
  readonly isOfTarget?: boolean;
}

/** The rule of what the operator reports in `FilesValid`. */
export const FILE_RULE = "file";

/** The operator's checks of the files of one package, and of the objects in them. */
export function validateFiles(
  files: ReadonlyMap<string, Uint8Array>,
  { isOfTarget = false, ...options }: Options = {},
): Validation {
  const excluded = new ExcludedFiles([...files].map(([path, bytes]) => ({ path, bytes })));
  const read = rememberReadings();
  const report = checkFiles(files, excluded, isOfTarget, read);
  const places = placeProblems(files);
  const objects = validatePackage(files, { ...options, isBlueprint: !isOfTarget, excluded, read });
  // Of a target, the report has them.
  const known = new Set(report.problems.map(placeOf));
  const found = objects.problems.filter((one) => one.rule !== "duplicate" || !known.has(placeOf(one)));
  return {
    problems: [...[...report.problems, ...places].map((one) => ({ ...one, rule: FILE_RULE })), ...found.map(toProblem)],
    count: report.count + places.length + objects.count - (objects.problems.length - found.length),
    warnings: objects.warnings.map(toProblem),
    warningCount: objects.warningCount,
    policyProblems: objects.policyProblems,
    notCompared: objects.notCompared,
  };
}

function toProblem({ path, line, column, message, rule }: ObjectProblem): ValidationProblem {
  return { path, line, column, message, rule };
}

function placeOf({ path, line, column }: FileProblem): string {
  return `${path}:${line}:${column}`;
}

function checkFiles(
  files: ReadonlyMap<string, Uint8Array>,
  excluded: ExcludedFiles,
  isOfTarget: boolean,
  read: ReadYaml,
): Pick<FileReport, "problems" | "count"> {
  const checks = fileChecks(read);
  const results = [...files].flatMap(([path, bytes]) =>
    checks.filter((check) => check.applies(path)).map((check) => ({ path, check, result: check.check(bytes) })),
  );
  const report = reportFiles(results, excluded);
  const target = { path: "", folder: undefined, inventory: new TargetInventory() };
  return isOfTarget ? withTargetProblems({ path: "", nested: [], report }, target) : report;
}

/** Paths that clash, and files that the API cannot hold. */
function placeProblems(files: ReadonlyMap<string, Uint8Array>): readonly FileProblem[] {
  const at = (path: string, message: string) => ({ path, line: 1, column: 1, message });
  return [
    ...pathClashes([...files.keys()]).map(({ path, problem }) => at(path, problem)),
    ...[...files].flatMap(([path, bytes]) =>
      jsonSize(encodeFile(path, bytes)) > MAX_SHOWN ? [at(path, `takes more than ${MAX_SHOWN} bytes of JSON`)] : [],
    ),
  ];
}
