import type { Given } from "../testenv.ts";
import { annotate, type Case, draft, moveTo, proposed, published, REBASE, replaceWithoutAnnotations } from "./case.ts";

const NO_DRAFT = "is no draft, and only drafts are rebased";

/** A draft whose rebase this user has requested, which the operator has not answered yet. */
const requestedBy = (user: string): Given => ({ ...draft, metadata: { annotations: { [REBASE]: user } } });

/** The annotation that asks for a rebase. */
export const rebaseCases: readonly Case[] = [
  {
    title: "a rebase in one's own name",
    as: ["alice"],
    given: draft,
    act: annotate(REBASE, "alice"),
    result: annotate(REBASE, "alice"),
  },
  {
    title: "a rebase in another user's name",
    as: ["alice", "carol", "admin"],
    given: draft,
    act: annotate(REBASE, "bob"),
    refused: "rebase-requested-by must be the name of who asks for it",
  },
  {
    title: "a rebase by a user who may not edit the files",
    as: ["bob"],
    given: draft,
    act: annotate(REBASE, "bob"),
    refused: "it needs update on packagerevisionresourceses in namespace",
  },
  {
    title: "a rebase that another user has requested is requested again",
    as: ["alice"],
    given: requestedBy("carol"),
    act: annotate(REBASE, "alice"),
    result: annotate(REBASE, "alice"),
  },
  {
    title: "a rebase of a proposal",
    as: ["alice"],
    given: proposed,
    act: annotate(REBASE, "alice"),
    refused: NO_DRAFT,
  },
  {
    title: "a rebase of what is published",
    as: ["alice"],
    given: published,
    act: annotate(REBASE, "alice"),
    refused: NO_DRAFT,
  },
  {
    title: "a rebase of what is proposed with the same request",
    as: ["alice"],
    given: draft,
    act: { ...moveTo("proposed"), ...annotate(REBASE, "alice") },
    refused: NO_DRAFT,
  },
  {
    title: "proposing what is being rebased",
    as: ["alice", "carol"],
    given: requestedBy("alice"),
    act: moveTo("proposed"),
    refused: "is being rebased, which changes its files: wait until the annotation",
  },
  {
    title: "proposing, and taking back the rebase",
    as: ["alice"],
    given: requestedBy("carol"),
    act: { ...moveTo("proposed"), ...annotate(REBASE, null) },
    lacks: ["metadata", "annotations", REBASE],
  },
  {
    title: "a further change of a draft that is being rebased",
    as: ["alice", "bob"],
    given: requestedBy("carol"),
    act: { metadata: { labels: { tier: "gold" } } },
    result: annotate(REBASE, "carol"),
  },
  {
    title: "a replace without it takes the request back",
    as: ["alice"],
    given: requestedBy("carol"),
    act: replaceWithoutAnnotations,
    lacks: ["metadata", "annotations", REBASE],
  },
];
