import {
  APPROVAL,
  annotate,
  type Case,
  CONFIRM_BASE,
  deletionProposed,
  draft,
  everyone,
  moveTo,
  proposed,
  REBASE,
} from "./case.ts";

const HELD = { finalizers: ["example.com/hold"] };
const refused = "is being deleted, and a deletion cannot be taken back";

/** What is asked of a package revision after its deletion; a finalizer holds each. */
export const terminatingCases: readonly Case[] = [
  {
    title: "a deletion taken back",
    as: ["bob", "admin"],
    given: { ...deletionProposed, metadata: { ...deletionProposed.metadata, ...HELD } },
    act: moveTo("published"),
    refused,
  },
  {
    title: "a deleted draft proposed",
    as: everyone.filter((user) => user !== "bob"),
    given: { ...draft, metadata: HELD },
    act: moveTo("proposed"),
    refused,
  },
  {
    title: "a deleted proposal approved",
    as: ["bob"],
    // The deletion is a generation.
    given: {
      ...proposed,
      metadata: { ...proposed.metadata, ...HELD },
      status: { ...proposed.status, observedGeneration: 2 },
    },
    act: moveTo("published", { approval: APPROVAL }),
    refused,
  },
  {
    title: "inputs of a deleted draft changed",
    as: ["alice"],
    given: { ...draft, metadata: HELD },
    act: { spec: { updatePolicy: "strict" } },
    refused,
  },
  {
    title: "a base of a deleted draft confirmed",
    as: ["bob"],
    given: { ...draft, metadata: HELD },
    act: annotate(CONFIRM_BASE, "v1"),
    refused: `the annotation ${CONFIRM_BASE}: `,
  },
  {
    title: "a rebase of a deleted draft",
    as: ["alice"],
    given: { ...draft, metadata: HELD },
    act: annotate(REBASE, "alice"),
    refused: `the annotation ${REBASE}: `,
  },
  {
    title: "a label of a deleted draft",
    as: ["alice"],
    given: { ...draft, metadata: HELD },
    act: { metadata: { labels: { a: "b" } } },
  },
  {
    title: "the commit of a branch that is to be deleted, too",
    as: ["alice"],
    given: { ...draft, metadata: HELD },
    act: annotate("pkg.pkgserver.dev/delete-branch", "c0ffee"),
  },
  {
    title: "another controller's finalizer of a deleted draft",
    as: ["alice"],
    given: { ...draft, metadata: HELD },
    act: { metadata: { finalizers: null } },
  },
  {
    title: "spec of a deleted draft by the operator",
    as: ["operator"],
    given: { ...proposed, metadata: { ...proposed.metadata, ...HELD } },
    act: moveTo("draft"),
  },
];
