import { describe, expect, it } from "vitest";
import { draftBranch, oid, trailersOf } from "../testing/discovered.ts";
import { aRepository, aView } from "../testing/observed.ts";
import {
  draft,
  missing,
  observation,
  proposal,
  type Row,
  ready,
  settling,
  summarize,
  tag,
  unknown,
  withoutRepository,
} from "../testing/plan-cases.ts";
import type { Observation } from "./observation.ts";
import { planRevision } from "./plan.ts";

const UID = "uid-of-one";
const ofObject = ({ object, ...rest }: Observation): Observation => {
  return { ...rest, object: { ...object, metadata: { ...object.metadata, uid: UID } } };
};
/** A draft whose newest commit is its first. */
const begunFor = (uid: string) => draftBranch("dns", "one", { trailers: trailersOf("dns", "one", { uid }) });
const withoutMain = ({ view, ...rest }: Observation): Observation => {
  const { mainCommit: _, ...others } = view ?? aView();
  return { ...rest, view: others };
};

const status = { proposal };
const deleted = { deleted: true } as const;
const deleting: readonly Row[] = [
  [
    "a draft",
    observation({ ...deleted, current: "draft", status: { commit: draft.commit }, view: { found: draft } }),
    "deleteDraft",
  ],
  [
    "a proposal",
    observation({
      ...deleted,
      current: "proposed",
      status: { ...status, commit: draft.commit },
      view: { found: draft },
    }),
    "deleteDraft",
  ],
  [
    "a draft with external commits that status does not have",
    observation({ ...deleted, current: "draft", status: { commit: oid(7) }, view: { found: draft } }),
    "removeFinalizer kept",
  ],
  [
    "a draft with commits that the operator did not make",
    observation({
      ...deleted,
      current: "draft",
      status: { commit: draft.commit },
      view: { found: draft, hasForeignCommits: true },
    }),
    "removeFinalizer kept",
  ],
  [
    "a draft with commits of others, which the deletion names",
    observation({
      ...deleted,
      current: "draft",
      annotations: { "pkg.pkgserver.dev/delete-branch": draft.commit },
      view: { found: draft, hasForeignCommits: true },
    }),
    "deleteDraft",
  ],
  [
    "a draft with commits of others that were pushed after the one that the deletion names",
    observation({
      ...deleted,
      current: "draft",
      annotations: { "pkg.pkgserver.dev/delete-branch": oid(7) },
      status: { commit: draft.commit },
      view: { found: draft, hasForeignCommits: true },
    }),
    "removeFinalizer kept",
  ],
  ["a branch without status", observation({ ...deleted, view: { found: draft } }), "removeFinalizer"],
  [
    "a branch without status that the operator has begun for this object",
    ofObject(observation({ ...deleted, view: { found: begunFor(UID) } })),
    "deleteDraft",
  ],
  [
    "a branch without status that the operator has begun for this object, and others have pushed to",
    ofObject(observation({ ...deleted, view: { found: begunFor(UID), hasForeignCommits: true } })),
    "removeFinalizer",
  ],
  [
    "a branch without status that the operator has begun for another object",
    ofObject(observation({ ...deleted, view: { found: begunFor("red-uid") } })),
    "removeFinalizer",
  ],
  [
    "an object without status or branch, whose first commit may be on its way",
    observation({ ...deleted, view: { mainCommit: oid(3) }, more: { mayHaveBegun: true } }),
    "deleteUnbegun",
  ],
  [
    "an object without status or branch in a repository without a published branch, where nothing is begun",
    withoutMain(observation({ ...deleted, more: { mayHaveBegun: true } })),
    "removeFinalizer",
  ],
  [
    "an object without status or branch that was never begun",
    observation({ ...deleted, view: { mainCommit: oid(3) }, more: { mayHaveBegun: false } }),
    "removeFinalizer",
  ],
  [
    "an object without status before the first sync of a Repository that was Ready",
    observation({ ...deleted, view: "unread", more: { repository: ready("True") } }),
    "wait",
  ],
  [
    "an object without status in a Repository that cannot be read",
    observation({ ...deleted, view: "unread", more: { repository: ready("False") } }),
    "removeFinalizer",
  ],
  ["a draft whose branch was deleted", observation({ ...deleted, current: "draft" }), "removeFinalizer"],
  [
    "a revision proposed for deletion",
    observation({ ...deleted, current: "deletionProposed", status: { commit: oid(1) }, view: { found: tag } }),
    "deletePublished",
  ],
  ...(
    [
      ["missing", missing, "removeFinalizer PoliciesMissing"],
      ["installed again", settling, "removeFinalizer PoliciesMissing"],
      ["not known", unknown, "block PoliciesMissing"],
    ] as const
  ).map(
    ([state, policies, plan]): Row => [
      `a revision proposed for deletion while the policies are ${state}`,
      observation({
        ...deleted,
        current: "deletionProposed",
        status: { commit: oid(1) },
        view: { found: tag },
        more: { policies },
      }),
      plan,
    ],
  ),
  [
    "a draft while policies are missing",
    observation({
      ...deleted,
      current: "draft",
      status: { commit: draft.commit },
      view: { found: draft },
      more: { policies: missing },
    }),
    "deleteDraft",
  ],
  [
    "a revision proposed for deletion while main's history is rewritten",
    observation({
      ...deleted,
      current: "deletionProposed",
      status: { commit: oid(1) },
      view: { found: tag, mainCommit: oid(7), mainLost: oid(8) },
    }),
    "block HistoryRewritten",
  ],
  [
    "a revision proposed for deletion that was deleted before and restored unchanged",
    observation({
      ...deleted,
      current: "deletionProposed",
      status: { commit: oid(1) },
      view: { found: tag, tombstone: oid(1) },
    }),
    "deletePublished",
  ],
  ...(
    [
      ["that another user carried out under four eyes", { fourEyes: true, by: "ann" }, "deletePublished"],
      ["that was deleted before four eyes were known", { fourEyes: false, by: "ann" }, "removeFinalizer FourEyes"],
      ["that was deleted before status named four eyes", undefined, "removeFinalizer FourEyes"],
    ] as const
  ).map(
    ([what, deletionProposal, plan]): Row => [
      `a revision proposed for deletion ${what}`,
      observation({
        ...deleted,
        current: "deletionProposed",
        status: { commit: oid(1), ...(deletionProposal !== undefined && { deletionProposal }) },
        view: { found: tag },
        more: { repository: aRepository({ approval: { fourEyes: true } }) },
      }),
      plan,
    ],
  ),
  [
    "a revision proposed for deletion whose number was deleted with other contents",
    observation({
      ...deleted,
      current: "deletionProposed",
      status: { commit: oid(1) },
      view: { found: tag, tombstone: oid(9) },
    }),
    "block RefConflict",
  ],
  [
    "a revision proposed for deletion while main is missing",
    observation({
      ...deleted,
      current: "deletionProposed",
      status: { commit: oid(1) },
      view: { found: tag, hadMain: true },
    }),
    "block MainMissing",
  ],
  [
    "a revision proposed for deletion whose tag was moved",
    observation({ ...deleted, current: "deletionProposed", status: { commit: oid(7) }, view: { found: tag } }),
    "removeFinalizer",
  ],
  [
    "a revision proposed for deletion whose tag was deleted",
    observation({ ...deleted, current: "deletionProposed", status: { commit: oid(1) } }),
    "removeFinalizer",
  ],
  [
    "a published revision",
    observation({ ...deleted, current: "published", status: { commit: oid(1) }, view: { found: tag } }),
    "removeFinalizer",
  ],
  [
    "a published revision with a branch",
    observation({ ...deleted, current: "published", view: { found: draft } }),
    "removeFinalizer",
  ],
  [
    "a published revision whose deletion is desired, but not yet proposed in status",
    observation({
      ...deleted,
      desired: "deletionProposed",
      current: "published",
      status: { commit: oid(1) },
      view: { found: tag },
    }),
    "removeFinalizer",
  ],
  [
    "a revision proposed for deletion beside a branch with its commit",
    observation({ ...deleted, current: "deletionProposed", status: { commit: draft.commit }, view: { found: draft } }),
    "removeFinalizer",
  ],
  ["a tag without status", observation({ ...deleted, view: { found: tag } }), "removeFinalizer"],
  [
    "a draft that became a tag",
    observation({ ...deleted, current: "proposed", status, view: { found: tag } }),
    "removeFinalizer",
  ],
  [
    "a draft without its Repository",
    withoutRepository(observation({ ...deleted, current: "draft", view: { found: draft } })),
    "removeFinalizer",
  ],
  [
    "a draft that is deleted with its Repository",
    observation({
      ...deleted,
      current: "draft",
      view: { found: draft },
      more: { repository: aRepository({}, { deleted: true }) },
    }),
    "removeFinalizer",
  ],
  ["a draft of a Repository that was not read", observation({ ...deleted, current: "draft", view: "unread" }), "wait"],
  [
    "a draft of a Repository that cannot be read",
    observation({ ...deleted, current: "draft", view: "unread", more: { repository: ready("False") } }),
    "block RepositoryNotReady",
  ],
  [
    "a published revision of a Repository that was not read",
    observation({ ...deleted, current: "published", view: "unread" }),
    "removeFinalizer",
  ],
  [
    "an object without status, of a Repository that was not read",
    observation({ ...deleted, view: "unread" }),
    "removeFinalizer",
  ],
];

describe("planRevision of a deleted object", () => {
  it.each(deleting)("deletes or releases %s", (_, observed, plan) =>
    expect(summarize(planRevision(observed))).toBe(plan),
  );
});
