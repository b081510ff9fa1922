import type { FileProblem } from "../../api/v1alpha1/package-revision-resources.ts";
import { encodeFile, jsonSize, MAX_SHOWN } from "../../core/files/package-file.ts";
import { pathClashes } from "../../core/files/path-tree.ts";
import { FILE_CHECKS } from "../../core/validation/checks/registry.ts";
import { addProblems, type FileReport, reportFiles } from "../../core/validation/file-report.ts";
import { ExcludedFiles } from "../../core/validation/ignore/ignore-file.ts";
import { checkResources, type ResourceProblem } from "../../core/validation/schema/check-resources.ts";
import { TargetInventory } from "../../core/validation/target/inventory.ts";
import { withTargetProblems } from "../../core/validation/target/target-problems.ts";

export interface Validation extends Pick<FileReport, "problems" | "count"> {
  /** Fields that the API server would remove. */
  readonly warnings: readonly FileProblem[];
  /** `apiVersion/kind` of objects without a schema. */
  readonly unknownKinds: readonly { readonly type: string; readonly objects: number }[];
}

/**
 * The operator's checks of the files of one package, and the schemas of its objects. `isOfTarget`: with what would stop
 * the build of its target.
 */
export function validateFiles(files: ReadonlyMap<string, Uint8Array>, isOfTarget: boolean): Validation {
  const results = [...files].flatMap(([path, bytes]) =>
    FILE_CHECKS.filter((check) => check.applies(path)).map((check) => ({ path, check, result: check.check(bytes) })),
  );
  const excluded = new ExcludedFiles([...files].map(([path, bytes]) => ({ path, bytes })));
  const report = reportFiles(results, excluded);
  const target = { path: "", folder: undefined, inventory: new TargetInventory() };
  const checked = isOfTarget ? withTargetProblems({ path: "", nested: [], report }, target) : report;
  const { problems, withoutSchema } = checkResources([...files].filter(([path]) => !excluded.has(path)));
  const found = (wanted: ResourceProblem["severity"]) =>
    problems.flatMap(({ severity, ...problem }) => (severity === wanted ? [problem] : []));
  const all = addProblems(checked, [...placeProblems(files), ...found("error")], "Invalid");
  return {
    problems: all.problems,
    count: all.count,
    warnings: found("warning"),
    unknownKinds: [...withoutSchema].map(([type, objects]) => ({ type, objects })),
  };
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
