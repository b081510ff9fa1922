import type { FileProblem } from "../../api/v1alpha1/package-revision-resources.ts";
import { encodeFile, jsonSize, MAX_SHOWN } from "../../core/files/package-file.ts";
import { pathClashes } from "../../core/files/path-tree.ts";
import { FILE_CHECKS } from "../../core/validation/checks/registry.ts";
import { addProblems, type FileReport, reportFiles } from "../../core/validation/file-report.ts";
import { ExcludedFiles } from "../../core/validation/ignore/ignore-file.ts";
import { TargetInventory } from "../../core/validation/target/inventory.ts";
import { withTargetProblems } from "../../core/validation/target/target-problems.ts";

/** The operator's checks of the files of one package. `isOfTarget`: with what would stop the build of its target. */
export function validateFiles(files: ReadonlyMap<string, Uint8Array>, isOfTarget: boolean): FileReport {
  const results = [...files].flatMap(([path, bytes]) =>
    FILE_CHECKS.filter((check) => check.applies(path)).map((check) => ({ path, check, result: check.check(bytes) })),
  );
  const excluded = new ExcludedFiles([...files].map(([path, bytes]) => ({ path, bytes })));
  const report = reportFiles(results, excluded);
  const target = { path: "", folder: undefined, inventory: new TargetInventory() };
  const checked = isOfTarget ? withTargetProblems({ path: "", nested: [], report }, target) : report;
  return addProblems(checked, placeProblems(files), "InvalidPath");
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
