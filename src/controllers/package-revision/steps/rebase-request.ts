import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { DraftBase } from "../../../api/v1alpha1/package-revision-status.ts";
import { ANNOTATION_REBASE_REQUESTED_BY } from "../../../api/v1alpha1/well-known.ts";
import { timestamp } from "../../../core/identity/timestamp.ts";
import { isToBeRebased, type LastRebase, rebaseRequester } from "../../../core/revision/rebase.ts";
import { packageRevisions } from "../../shared/kinds.ts";
import type { RevisionDependencies } from "../dependencies.ts";

type Dependencies = Pick<RevisionDependencies, "client" | "events" | "now">;

/** The limit of `status.lastRebase.message`, in characters. */
const MAX_MESSAGE = 4096;

const REASONS = { Rebased: "Rebased", UpToDate: "RebaseNotNeeded", Refused: "RebaseRefused" } as const;

/**
 * Answers a request to rebase a draft: status says what came of it before the request is removed, so that nobody waits
 * for an answer that an interruption has lost. Two writes.
 *
 * @param base of the draft, if it was rebased
 */
export async function answerRebase(
  { client, events, now }: Dependencies,
  object: PackageRevision,
  { result, message: full }: Pick<LastRebase, "result" | "message">,
  base?: DraftBase,
): Promise<{ readonly object: PackageRevision; readonly lastRebase: LastRebase }> {
  const message = full.slice(0, MAX_MESSAGE).toWellFormed();
  const lastRebase = { result, message, at: timestamp(now()) };
  const { namespace, name } = object.metadata;
  const key = { namespace, name };
  const status = { lastRebase, ...(base !== undefined && { base }) };
  await client.patchStatus(packageRevisions, key, { kind: "merge", body: { status } });
  const annotations = { [ANNOTATION_REBASE_REQUESTED_BY]: null };
  const answered = await client.patch(packageRevisions, key, { kind: "merge", body: { metadata: { annotations } } });
  const type = result === "Refused" ? "Warning" : "Normal";
  events.record(answered, { type, reason: REASONS[result], action: "Rebase", note: message });
  return { object: answered, lastRebase };
}

/**
 * Ends a request to rebase what is no draft, or is not to stay one: admission refuses it, and was not there. Returns
 * the object as it is then.
 */
export async function refuseRebase(dependencies: Dependencies, object: PackageRevision): Promise<PackageRevision> {
  const { status, metadata } = object;
  const isPending = rebaseRequester(object) !== undefined && metadata.deletionTimestamp === undefined;
  if (!isPending || status?.lifecycle === undefined || isToBeRebased(object)) return object;
  const message = "only a draft that is not to be proposed is rebased: set lifecycle draft, then ask for it again";
  return (await answerRebase(dependencies, object, { result: "Refused", message })).object;
}
