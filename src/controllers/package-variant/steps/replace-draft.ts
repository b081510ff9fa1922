import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { pageName } from "../../../core/identity/names.ts";
import { isEdited } from "../../../core/revision/page-versions.ts";
import { ignoreNotFound } from "../../../kube/client/errors.ts";
import type { Result } from "../../../runtime/reconcile.ts";
import { packageContents } from "../../shared/kinds.ts";
import { StalledError } from "../../shared/stalled-error.ts";
import type { VariantContext } from "../context.ts";
import { deleteDraft } from "./delete-draft.ts";

/**
 * Deletes a draft that another one follows, unless its contents have an edit that is not in Git yet: no status of the
 * draft shows that. Throws `StalledError` then, and `ApiError` Conflict if the draft has changed since.
 */
export async function replaceDraft(context: VariantContext, draft: PackageRevision): Promise<Result> {
  const { namespace, name } = draft.metadata;
  const read = async (number: number) =>
    await ignoreNotFound(context.client.get(packageContents, { namespace, name: pageName(name, number) }));
  const first = await read(1);
  for (let number = 1; number <= (first?.status?.pages ?? 1); number++) {
    const page = number === 1 ? first : await read(number);
    if (page === undefined || !isEdited(page)) continue;
    const message = `draft ${name} has an edit that is not in Git yet, and is not replaced`;
    throw new StalledError({ reason: "DraftEdited", retry: "backoff" }, message);
  }
  return await deleteDraft(context, draft);
}
