import { LABEL_LATEST } from "../../api/names.ts";
import { type PackageRevision, PKG_GROUP, packageRevisionKind } from "../../api/package-revision.ts";
import { CATALOG_TARGET } from "../identity/location.ts";
import { objectName } from "../identity/names.ts";
import { recordedLifecycle } from "../lifecycle/plan.ts";
import type { Discovered } from "./package-index.ts";

/** The object for what was found in Git, with what its stamp remembers; `bare`: without that, where it is not accepted. */
export function objectFor(
  found: Discovered,
  at: { readonly name: string; readonly namespace: string; readonly repository: string; readonly finalizer: string },
  facts: { readonly latest: boolean; readonly bare: boolean },
): PackageRevision {
  const { spec, labels, annotations } = facts.bare ? {} : (found.stamp?.metadata ?? {});
  const published = found.kind === "published";
  const stamped = found.stamp?.workspace;
  const keepsWorkspace = stamped !== undefined && objectName(at.repository, found.location, stamped) === at.name;
  const workspace = published ? (keepsWorkspace ? stamped : found.revision) : found.workspace;
  return {
    apiVersion: `${PKG_GROUP}/${packageRevisionKind.version}`,
    kind: packageRevisionKind.kind,
    metadata: {
      name: at.name,
      namespace: at.namespace,
      finalizers: [at.finalizer],
      labels: { ...labels, ...(facts.latest && { [LABEL_LATEST]: "true" }) },
      ...(annotations !== undefined && { annotations }),
    },
    spec: {
      ...spec,
      packageRevID: {
        target: found.location.target ?? CATALOG_TARGET,
        repository: at.repository,
        ...(found.location.realm !== undefined && { realm: found.location.realm }),
        package: found.location.package,
        ...(published && { revision: found.revision }),
        workspace,
      },
      lifecycle: published ? "published" : recordedLifecycle(found),
    },
  };
}
