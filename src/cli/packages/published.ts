import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { locationOf } from "../../core/identity/location.ts";
import type { Context } from "../context.ts";
import type { NewDraft } from "./create-draft.ts";
import { findRevision } from "./find.ts";
import { requireLifecycle } from "./lifecycle.ts";
import { findRepository } from "./repositories.ts";

/** Where the package of a revision is: there its next draft begins. */
export async function placeOf(
  context: Context,
  { spec: { packageRevID } }: PackageRevision,
): Promise<Pick<NewDraft, "repository" | "location">> {
  const { repository } = packageRevID;
  const { spec } = await findRepository(context, repository);
  const deployment = spec.deployment === true;
  return { repository, location: locationOf(packageRevID, { directory: "", deployment }) };
}

/** The published revision that a name means; the latest one for a package. Throws a CliError for another one. */
export async function findPublished(context: Context, text: string): Promise<PackageRevision> {
  const found = await findRevision(context, text.includes("@") ? text : `${text}@latest`);
  requireLifecycle(found, ["published", "deletionProposed"]);
  return found;
}
