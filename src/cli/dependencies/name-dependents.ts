import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { revisionName } from "../../core/dependencies/revision-apis.ts";
import { isRefused } from "../../kube/client/errors.ts";
import type { Context } from "../context.ts";
import { printableLine } from "../output/printable.ts";
import { readShownCatalog } from "./read-catalog.ts";

/** Packages that a line names. */
const MAX_NAMED = 5;

/**
 * The packages that need a published revision, as `edge1/web/shop@v1, …`; undefined without any. Says so if the user
 * may not read what tells. Reads the files of all published revisions that are in the cluster.
 */
export async function nameDependents(context: Context, revision: PackageRevision): Promise<string | undefined> {
  try {
    const { catalog, own } = await readShownCatalog(context, revision);
    const names = catalog.dependentsOf(own).map((one) => printableLine(revisionName(one.revision)));
    const rest = names.length > MAX_NAMED ? `, and ${names.length - MAX_NAMED} more` : "";
    return names.length === 0 ? undefined : `${names.slice(0, MAX_NAMED).join(", ")}${rest}`;
  } catch (error) {
    if (!isRefused(error)) throw error;
    context.note("whether other packages need it is not known: you may not list their files");
    return undefined;
  }
}
