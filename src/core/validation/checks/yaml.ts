import type { FileCheck } from "../file-check.ts";
import { checkYaml, type ReadYaml, readYaml } from "../yaml/check-yaml.ts";

/** Finds YAML that Kubernetes could not read. */
export const yamlCheck: FileCheck = createYamlCheck(readYaml);

export function createYamlCheck(read: ReadYaml): FileCheck {
  return {
    name: "yaml",
    reason: "InvalidYAML",
    applies: (path) => /\.ya?ml$|(^|\/)(Kptfile|Kustomization)$/.test(path),
    check: (bytes) => checkYaml(bytes, read),
  };
}
