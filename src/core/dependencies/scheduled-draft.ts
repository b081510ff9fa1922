import type { PackageRevisionSpec } from "../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionApis } from "./revision-apis.ts";

/** Of the drafts that the operator makes, after pkgserver's `<target>-pkginstall-<package>`. */
export const WORKSPACE = "pkginstall";

/** Where a package of a catalog is added for another one: in its Repository and target, as realm and package say. */
export interface Place {
  readonly repository: string;
  readonly target: string;
  readonly realm?: string;
  readonly package: string;
}

export function placeFor(by: PackageRevisionApis, { package: upstream }: PackageRevisionApis): Place {
  const { repository, target = "" } = by.package;
  const { realm, package: name } = upstream;
  return { repository, target, ...(realm !== undefined && { realm }), package: name };
}

/** The spec of the draft with which a package is added. */
export function scheduledDraft(by: PackageRevisionApis, upstream: PackageRevisionApis): PackageRevisionSpec {
  const { repository, realm, package: name } = upstream.package;
  return {
    packageRevID: { ...placeFor(by, upstream), workspace: WORKSPACE },
    tasks: [{ type: "clone" }],
    upstream: { repository, ...(realm !== undefined && { realm }), package: name, revision: upstream.revision },
  };
}
