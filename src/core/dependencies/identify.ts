import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { recordedLock } from "../revision/upstream-lock.ts";
import type { PackageRevisionApis } from "./revision-apis.ts";

/** What is known of a package revision besides its files. */
export function identityOf({ metadata, spec, status }: PackageRevision): Omit<PackageRevisionApis, "apis"> {
  const { target, repository, realm, package: name, workspace } = spec.packageRevID;
  const lock = status?.upstreamLock;
  const upstream = recordedLock({ spec, ...(lock !== undefined && { upstreamLock: lock }) });
  return {
    name: metadata.name,
    package: { target, repository, realm, package: name },
    revision: status?.revision ?? workspace,
    ...(upstream !== undefined && { madeFrom: { package: upstream, revision: upstream.revision } }),
  };
}
