import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { CommitRequest, CommitResult, Prepare } from "../../../core/ports/package-store.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import type { CommitTexts } from "./commit-text.ts";
import type { ConfinedProposals } from "./confined-proposals.ts";
import { findMergeBase } from "./draft-base.ts";
import type { MirrorReader } from "./mirror-reader.ts";
import { proposeChange } from "./package-changes.ts";
import type { PlannedWrites } from "./planned-writes.ts";
import { resetOutside } from "./proposal-tree.ts";

/** `PackageStore.propose`; remembers that the proposal changes nothing but the package's own files. */
export async function proposeDraft<V>(
  planned: PlannedWrites,
  mirror: MirrorReader,
  confined: ConfinedProposals,
  revision: PackageRevision,
  prepare: Prepare<CommitRequest, V>,
): Promise<CommitResult<V>> {
  const toChange = async (view: RevisionView, request: CommitRequest, texts: CommitTexts) => {
    const base = await findMergeBase(mirror, view, request.draft.commit);
    return proposeChange(view, request, await resetOutside(mirror.reader, view, request.draft, base), texts);
  };
  const refOf = (_: RevisionView, request: CommitRequest) => request.draft.ref;
  const prepareWithView = async (view: RevisionView) => {
    const prepared = await prepare(view);
    return { ...prepared, value: { value: prepared.value, view } };
  };
  const result = await planned.commit("propose", revision, prepareWithView, toChange, refOf);
  const { value, view } = result.value;
  if (result.kind === "written") confined.add(view, result.commit);
  return { ...result, value };
}
