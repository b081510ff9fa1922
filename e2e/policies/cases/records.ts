import {
  annotate,
  type Case,
  CHANGED_BY,
  draft,
  everyone,
  moveTo,
  PROPOSED_BY,
  proposed,
  replaceWithoutAnnotations,
} from "./case.ts";

/** The annotation that records who proposed. */
export const proposerCases: readonly Case[] = [
  {
    title: "proposing records the requester",
    as: ["alice"],
    given: draft,
    act: moveTo("proposed"),
    result: annotate(PROPOSED_BY, "alice"),
  },
  {
    title: "proposing again records the new proposer",
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
    as: everyone,
    given: proposed,
    act: replaceWithoutAnnotations,
    result: annotate(PROPOSED_BY, "alice"),
  },
  {
    title: "a rejection removes the proposer",
    as: everyone,
    given: proposed,
    act: moveTo("draft"),
    lacks: ["metadata", "annotations", PROPOSED_BY],
  },
];

const LABELLED = { labels: { tier: "gold" } };

/** The annotation that records who changed the object last. */
export const changerCases: readonly Case[] = [
  {
    title: "a change records the requester",
    as: ["alice"],
    given: { ...draft, metadata: { annotations: { [CHANGED_BY]: "bob" } } },
    act: { metadata: LABELLED },
    result: annotate(CHANGED_BY, "alice"),
  },
  {
    title: "a change in another user's name",
    as: ["alice"],
    given: draft,
    act: { metadata: { ...LABELLED, annotations: { [CHANGED_BY]: "bob" } } },
    refused: "the annotation pkg.pkgserver.dev/changed-by must be the name of who changes",
  },
  {
    title: "the changer is kept by a replace without it",
    as: ["bob"],
    given: { ...draft, metadata: { annotations: { [CHANGED_BY]: "alice" } } },
    act: replaceWithoutAnnotations,
    result: annotate(CHANGED_BY, "alice"),
  },
];
