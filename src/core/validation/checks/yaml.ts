import type { FileCheck } from "../file-check.ts";
import { checkYaml } from "../yaml/check-yaml.ts";

/** Finds YAML that Kubernetes could not read. */
export const yamlCheck: FileCheck = {
  name: "yaml",
  reason: "InvalidYAML",
  applies: (path) => /\.ya?ml$|(^|\/)(Kptfile|Kustomization)$/.test(path),
  check: checkYaml,
};
