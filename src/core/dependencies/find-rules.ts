import { isSchema } from "../validation/schema/open-api-schema.ts";
import type { RuleNeed } from "./package-apis.ts";
import type { PackageObject } from "./package-object.ts";

/** Not in any API: the API server asks for rights on them when a request for a certificate is approved. */
const SIGNERS = "signers";

/** The resources that the rules of a role name. Rules for all groups, or for all resources of one, name none. */
export function findRules({ apiVersion, kind, path, value }: PackageObject): readonly RuleNeed[] {
  if (!apiVersion.startsWith("rbac.authorization.k8s.io/") || (kind !== "ClusterRole" && kind !== "Role")) return [];
  const { rules } = value;
  if (!Array.isArray(rules)) return [];
  return rules.flatMap((rule: unknown) => {
    if (!isSchema(rule)) return [];
    const resources = new Set(namesIn(rule.resources).map((one) => one.split("/")[0] ?? ""));
    return namesIn(rule.apiGroups).flatMap((group) =>
      [...resources]
        .filter((one) => one !== SIGNERS)
        .map((resource) => ({ group, resource, role: kind, files: [path] })),
    );
  });
}

function namesIn(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter((one) => typeof one === "string" && !one.startsWith("*")) : [];
}
