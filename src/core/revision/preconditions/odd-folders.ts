import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { CATALOG_TARGET } from "../../identity/location.ts";
import { foldLabel, objectName } from "../../identity/names.ts";
import type { Blocker, Observation, RevisionView } from "../observation.ts";

/**
 * The object has another name than discovery would give it. Two objects of one package revision would both write to
 * its branch: admission prevents that by the name, of which it cannot check the hash.
 */
export function misnamedBlocker({ object: { metadata, spec } }: Observation): Blocker | undefined {
  const { packageRevID: id } = spec;
  const odd = oddFolder(id);
  if (odd === undefined) return undefined;
  const name = objectName(id.repository, id, id.workspace);
  if (metadata.name === name) return undefined;
  const message =
    `metadata.name must be ${name}, with the folded form of ${JSON.stringify(odd)}: delete this package revision, ` +
    "and create that one";
  return { reason: "InvalidName", message, kind: "stalled" };
}

/** Names beside DNS labels are for the packages that others have made in Git. */
export function newFolderBlocker({ object }: Observation, view: RevisionView): Blocker | undefined {
  const odd = oddFolder(object.spec.packageRevID);
  if (odd === undefined || view.latest !== undefined) return undefined;
  const message =
    `${JSON.stringify(odd)} is no DNS label, and Git has no published package ${JSON.stringify(view.path)}: use ` +
    "another name for a new package";
  return { reason: "InvalidName", message, kind: "stalled" };
}

/** A folder that is no DNS label: admission cannot check its name, since it has neither hashes nor Git. */
function oddFolder(id: PackageRevision["spec"]["packageRevID"]): string | undefined {
  const parts = [id.target ?? CATALOG_TARGET, ...(id.realm?.split("/") ?? []), id.package];
  return parts.find((part) => foldLabel(part) !== part);
}
