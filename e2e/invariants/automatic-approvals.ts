import { boundChange } from "../../src/core/review/bound-change.ts";
import { comparePackages } from "../../src/core/review/compare-packages.ts";
import type { ReviewFiles } from "../../src/core/review/file-pairs.ts";
import { recordedRuleProblem } from "../../src/core/revision/automatic/evaluate-rule.ts";
import { editedAfter } from "../../src/core/revision/commit-trailers.ts";
import type { Folder, Violation } from "./observation.ts";
import { folderAt, isOurTag, type RepositorySituation } from "./situation.ts";

type Tag = RepositorySituation["published"][number];

/**
 * 8: what was published by a rule, that rule would approve: evaluated once more, on what Git has of the revision and of
 * the one that it began from. Where that one was deleted since, nothing is compared.
 */
export function checkAutomatic(one: RepositorySituation): readonly Violation[] {
  return one.published.filter(isOurTag).flatMap((tag) => {
    const why = problemOf(one, tag);
    if (why === undefined) return [];
    const message = `was published by rule ${tag.trailers?.approvedByRule?.rule.name}, which does not allow it: ${why}`;
    return [{ invariant: 8 as const, subject: `${one.key} ${tag.ref}`, message }];
  });
}

function problemOf(one: RepositorySituation, { trailers, path, commit }: Tag): string | undefined {
  const { approvedByRule } = trailers ?? {};
  if (trailers === undefined || approvedByRule === undefined) return undefined;
  const base = trailers.metadata.base?.revision;
  if (base === undefined) return "it is the first revision";
  const before = one.published.find((tag) => tag.path === path && tag.revision === base);
  if (before === undefined) return undefined;
  const { trailers: known } = before;
  if (!isOurTag(before) || known === undefined) return `it began from ${base}, which is not the operator's`;
  if (known.approvedBy === undefined && known.approvedByRule === undefined) return `nobody approved ${base}`;
  const folders = [folderAt(one, before.commit, path), folderAt(one, commit, path)] as const;
  const mode = changedMode(...folders);
  if (mode !== undefined) return `it changes the mode of ${mode}`;
  const [was, now] = folders.map(reviewFiles);
  if (was === undefined || now === undefined) return undefined;
  const recorded = { before: known.metadata, after: trailers.metadata };
  const { location } = before;
  return recordedRuleProblem(approvedByRule, {
    recorded,
    isEdited: editedAfter(trailers).edited === true,
    changes: boundChange(comparePackages(was, now), undefined),
    id: { ...location, repository: one.repository.metadata.name, workspace: trailers.workspace },
    base,
  });
}

function changedMode(before: Folder | undefined, after: Folder | undefined): string | undefined {
  const modes = new Map(before?.files?.map(({ path, mode }) => [path, mode] as const));
  return after?.files?.find(({ path, mode }) => (modes.get(path) ?? mode) !== mode)?.path;
}

/** Undefined for a folder of which not everything was read. */
function reviewFiles(folder: Folder | undefined): ReviewFiles | undefined {
  return folder?.files && new Map(folder.files.map(({ path, oid, bytes }) => [path, bytes ?? { object: oid }]));
}
