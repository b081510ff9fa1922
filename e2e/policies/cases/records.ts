import type { Given } from "../testenv.ts";
import {
  annotate,
  type Case,
  CHANGED_BY,
  DIGEST,
  deletionProposed,
  draft,
  everyone,
  LIFECYCLE_CHANGED_BY,
  movedBy,
  moveTo,
  PROPOSED_BY,
  proposed,
  published,
  replaceWithoutAnnotations,
} from "./case.ts";

/** A draft under four eyes. */
const attributed: Given = { ...draft, status: { ...draft.status, attribution: "Complete" } };

/** The annotation that records who proposed. */
export const proposerCases: readonly Case[] = [
  {
    title: "proposing records the requester",
    needs: "MutatingAdmissionPolicy",
    as: ["alice"],
    given: draft,
    act: moveTo("proposed"),
    result: annotate(PROPOSED_BY, "alice"),
  },
  {
    title: "proposing again records the new proposer",
    needs: "MutatingAdmissionPolicy",
    as: ["bob"],
    given: { ...draft, metadata: proposed.metadata ?? {} },
    act: moveTo("proposed"),
    result: annotate(PROPOSED_BY, "bob"),
  },
  {
    title: "proposing in one's own name",
    as: ["alice"],
    given: draft,
    act: { ...moveTo("proposed"), ...annotate(PROPOSED_BY, "alice") },
    result: annotate(PROPOSED_BY, "alice"),
  },
  {
    title: "proposing in one's own name while names are required",
    as: ["alice"],
    given: attributed,
    act: { ...moveTo("proposed"), ...annotate(PROPOSED_BY, "alice") },
    result: annotate(PROPOSED_BY, "alice"),
  },
  {
    title: "proposing while names are required, and the API server records them",
    needs: "MutatingAdmissionPolicy",
    as: ["alice"],
    given: attributed,
    act: moveTo("proposed"),
    result: annotate(PROPOSED_BY, "alice"),
  },
  {
    title: "proposing in another user's name",
    as: everyone.filter((user) => user !== "bob"),
    given: draft,
    act: { ...moveTo("proposed"), ...annotate(PROPOSED_BY, "bob") },
    refused: "the annotation pkg.pkgserver.dev/proposed-by must be the name of who proposes",
  },
  {
    title: "proposer set on a draft that stays one",
    as: ["alice"],
    given: draft,
    act: annotate(PROPOSED_BY, "alice"),
    refused: "proposed-by is set by proposing, and in no other way",
  },
  {
    title: "proposer of a proposal changed",
    as: ["bob", "admin"],
    given: proposed,
    act: annotate(PROPOSED_BY, "carol"),
    refused: "proposed-by is set by proposing, and in no other way",
  },
  {
    title: "the proposer is kept by a replace without it",
    needs: "MutatingAdmissionPolicy",
    as: everyone,
    given: proposed,
    act: replaceWithoutAnnotations,
    result: annotate(PROPOSED_BY, "alice"),
  },
  {
    title: "a rejection removes the proposer",
    needs: "MutatingAdmissionPolicy",
    as: everyone,
    given: proposed,
    act: moveTo("draft"),
    lacks: ["metadata", "annotations", PROPOSED_BY],
  },
];

const LABELLED = { labels: { tier: "gold" } };

/** A list with this many names. */
const namesUpTo = (count: number) => Array.from({ length: count }, (_, index) => `user-${index}`).join("\n");
const changedBy = (changers: string, given: Given = draft): Given => {
  const annotations = { ...(given.metadata?.annotations as object | undefined), [CHANGED_BY]: changers };
  return { ...given, metadata: { ...given.metadata, annotations } };
};
const FILLED_IN = "changed-by is filled in by the API server: leave it as it is, or add ";

/** The annotation that records who changed the object. */
export const changerCases: readonly Case[] = [
  {
    title: "a change of labels adds the requester",
    needs: "MutatingAdmissionPolicy",
    as: ["alice"],
    given: changedBy("bob"),
    act: { metadata: LABELLED },
    result: annotate(CHANGED_BY, "bob\nalice"),
  },
  {
    title: "a change of the spec adds the requester",
    needs: "MutatingAdmissionPolicy",
    as: ["alice"],
    given: changedBy("bob"),
    act: { spec: { updatePolicy: "strict" } },
    result: annotate(CHANGED_BY, "bob\nalice"),
  },
  {
    title: "a change of an annotation of users moves the requester to the end",
    needs: "MutatingAdmissionPolicy",
    as: ["alice"],
    given: changedBy("alice\nbob"),
    act: annotate("example.com/owner", "net"),
    result: annotate(CHANGED_BY, "bob\nalice"),
  },
  {
    title: "the acceptance of a rewritten history adds the requester",
    needs: "MutatingAdmissionPolicy",
    as: ["alice"],
    given: changedBy("bob"),
    act: annotate("pkg.pkgserver.dev/confirm-history", `${"1".repeat(40)}..${"2".repeat(40)}`),
    result: annotate(CHANGED_BY, "bob\nalice"),
  },
  ...[
    { title: "a change in another user's name", from: "", to: "bob" },
    { title: "a change that removes another user's name", from: "bob", to: "alice" },
    { title: "a change that reorders names", from: "bob\ncarol", to: "carol\nbob\nalice" },
    { title: "a change that adds another user's name as well", from: "bob", to: "bob\ncarol\nalice" },
    { title: "a name without a change, of another user", from: "bob", to: "bob\ncarol" },
  ].map(
    ({ title, from, to }): Case => ({
      title,
      as: ["alice"],
      given: from === "" ? draft : changedBy(from),
      act: { metadata: { ...LABELLED, annotations: { [CHANGED_BY]: to } } },
      refused: `${FILLED_IN}alice as its last line`,
    }),
  ),
  ...["bob\nalice", "alice\nbob\nalice"].map(
    (to): Case => ({
      title: `the requester's own name without a change that counts (${JSON.stringify(to)})`,
      as: ["alice"],
      given: changedBy("alice\nbob"),
      act: annotate(CHANGED_BY, to),
      refused: FILLED_IN,
    }),
  ),
  {
    title: "a cluster administrator's removal of all names is undone",
    needs: "MutatingAdmissionPolicy",
    as: ["admin"],
    given: changedBy("alice\nbob"),
    act: annotate(CHANGED_BY, null),
    result: annotate(CHANGED_BY, "alice\nbob"),
  },
  {
    title: "the changers are kept by a replace without them",
    needs: "MutatingAdmissionPolicy",
    as: ["bob"],
    given: changedBy("alice"),
    act: replaceWithoutAnnotations,
    result: annotate(CHANGED_BY, "alice"),
  },
  {
    title: "a rejection does not make the reviewer a changer",
    as: ["bob"],
    given: changedBy("alice", proposed),
    act: moveTo("draft"),
    result: annotate(CHANGED_BY, "alice"),
  },
  {
    title: "an approval does not make the approver a changer",
    needs: "MutatingAdmissionPolicy",
    as: ["bob"],
    given: changedBy("alice", proposed),
    act: moveTo("published", { approval: { digest: DIGEST } }),
    result: annotate(CHANGED_BY, "alice"),
  },
  {
    title: "a confirmation does not make the approver a changer, nor does what kubectl apply keeps",
    as: ["bob"],
    given: changedBy("alice"),
    act: {
      metadata: {
        annotations: {
          "pkg.pkgserver.dev/confirm-base": "v1",
          "kubectl.kubernetes.io/last-applied-configuration": "{}",
        },
      },
    },
    result: annotate(CHANGED_BY, "alice"),
  },
  {
    title: "an applyset does not make who applies it a changer",
    as: ["bob"],
    given: changedBy("alice"),
    act: { metadata: { labels: { "applyset.kubernetes.io/part-of": "x", "app.kubernetes.io/instance": "shop" } } },
    result: annotate(CHANGED_BY, "alice"),
  },
  {
    title: "a key that a Repository may list as package metadata counts",
    needs: "MutatingAdmissionPolicy",
    as: ["alice"],
    given: changedBy("bob"),
    act: annotate("example.com/owner", "1"),
    result: annotate(CHANGED_BY, "bob\nalice"),
  },
  {
    title: "the label of a release counts: it is a part of what is approved",
    needs: "MutatingAdmissionPolicy",
    as: ["alice"],
    given: changedBy("bob"),
    act: { metadata: { labels: { "pkg.pkgserver.dev/release": "spring" } } },
    result: annotate(CHANGED_BY, "bob\nalice"),
  },
  {
    title: "a key that only resembles one of pkgserver counts",
    needs: "MutatingAdmissionPolicy",
    as: ["alice"],
    given: changedBy("bob"),
    act: annotate("notpkgserver.dev/x", "1"),
    result: annotate(CHANGED_BY, "bob\nalice"),
  },
  {
    title: "a change by the hundredth user",
    needs: "MutatingAdmissionPolicy",
    as: ["alice"],
    given: changedBy(namesUpTo(99)),
    act: { metadata: LABELLED },
    result: annotate(CHANGED_BY, `${namesUpTo(99)}\nalice`),
  },
  {
    title: "a change by more users than the list holds",
    needs: "MutatingAdmissionPolicy",
    as: ["alice"],
    given: changedBy(namesUpTo(100)),
    act: { metadata: LABELLED },
    refused: "changed-by would have more than 100 names or 16384 characters: create a new package revision",
  },
  {
    title: "a change by a user whose name makes the list too long",
    needs: "MutatingAdmissionPolicy",
    as: ["alice"],
    given: changedBy("x".repeat(16_380)),
    act: { metadata: LABELLED },
    refused: "changed-by would have more than 100 names or 16384 characters: create a new package revision",
  },
];

/** The annotation that records who changed the lifecycle last. */
export const lifecycleChangerCases: readonly Case[] = [
  {
    title: "a rejection records the reviewer",
    needs: "MutatingAdmissionPolicy",
    as: ["bob"],
    given: proposed,
    act: moveTo("draft"),
    result: annotate(LIFECYCLE_CHANGED_BY, "bob"),
  },
  {
    title: "proposing a deletion records the requester, in place of an earlier one",
    needs: "MutatingAdmissionPolicy",
    as: ["alice"],
    given: movedBy("bob", published),
    act: moveTo("deletionProposed"),
    result: annotate(LIFECYCLE_CHANGED_BY, "alice"),
  },
  {
    title: "proposing a deletion in another user's name",
    as: ["alice", "admin"],
    given: published,
    act: { ...moveTo("deletionProposed"), ...annotate(LIFECYCLE_CHANGED_BY, "bob") },
    refused: "lifecycle-changed-by must be the name of who changes spec.lifecycle, ",
  },
  {
    title: "a name that is not that of a change of the lifecycle",
    as: ["bob"],
    given: movedBy("alice", deletionProposed),
    act: annotate(LIFECYCLE_CHANGED_BY, "bob"),
    refused: "lifecycle-changed-by is set by changing spec.lifecycle, and in no other way",
  },
  {
    title: "the name is kept by a replace without it",
    needs: "MutatingAdmissionPolicy",
    as: ["alice", "admin"],
    given: movedBy("alice", deletionProposed),
    act: replaceWithoutAnnotations,
    result: annotate(LIFECYCLE_CHANGED_BY, "alice"),
  },
];
