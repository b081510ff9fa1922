import type { PackageRevisionApis } from "../revision-apis.ts";
import { definition, resource, testRevision } from "./revisions.ts";

/** A resource of a kind that cert-manager has. */
export const CERTIFICATE = resource("cert-manager.io/v1", "Certificate");

/** cert-manager in the catalog, with these versions of its kind. */
export function certManager(revision: string, ...versions: readonly string[]): PackageRevisionApis {
  return testRevision(`catalog/infra/cert-manager@${revision}`, {
    "crd.yaml": definition("cert-manager.io", "Certificate", ...versions),
  });
}

/** A ClusterRole for these resources. */
export function role(group: string, ...resources: readonly string[]): string {
  return (
    `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: one}\n` +
    `rules: [{apiGroups: ["${group}"], resources: [${resources.join(", ")}], verbs: [get]}]\n`
  );
}
