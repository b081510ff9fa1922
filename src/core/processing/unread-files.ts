import type { PackageResult } from "../../api/v1alpha1/package-revision-resources.ts";
import type { Policy } from "../../api/v1alpha1/repository-policies.ts";
import type { PackageFile } from "../files/package-file.ts";
import { yamlCheck } from "../validation/checks/yaml.ts";

/** The YAML files of a package that are not shown, such as too large ones and links: nothing here can read them. */
export function unreadFiles(files: readonly Pick<PackageFile, "path" | "mode" | "bytes">[]): readonly string[] {
  const isUnread = ({ path, mode, bytes }: Pick<PackageFile, "path" | "mode" | "bytes">) =>
    bytes === undefined && mode !== "160000" && yamlCheck.applies(path);
  return files.flatMap((file) => (isUnread(file) ? [file.path] : []));
}

/** What is said of them. Tools apply them all the same: where policies decide, they would be evaded. */
export function unreadResults(paths: readonly string[], policies: readonly Policy[]): readonly PackageResult[] {
  const isDecisive = policies.some(({ severity = "error" }) => severity === "error");
  const severity = isDecisive ? "error" : "warning";
  const message =
    "it is not shown here (see status.filesNotShown), so that no schema" +
    (isDecisive ? ", and none of the Repository's policies, was compared with it" : " was compared with it");
  return paths.map((path) => ({ severity, source: "validation", message, path: path.slice(0, 1024) }));
}
