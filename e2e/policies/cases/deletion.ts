import {
  approvers,
  type Case,
  deletionProposed,
  draft,
  everyone,
  proposed,
  published,
  publishing,
  unobserved,
} from "./case.ts";

const NOT_DIRECTLY =
  "a published package revision is not deleted directly: set spec.lifecycle to deletionProposed first";

export const deletionCases: readonly Case[] = [
  { title: "deletion of a draft", as: everyone, given: draft, act: "delete" },
  { title: "deletion of a proposal", as: everyone, given: proposed, act: "delete" },
  { title: "deletion before any status is reported", as: everyone, given: unobserved, act: "delete" },
  {
    title: "deletion of an object that names a tag the operator has not found",
    as: ["alice"],
    given: { spec: { lifecycle: "published" } },
    act: "delete",
  },
  {
    title: "deletion of a published package revision",
    as: [...everyone, "collector"],
    given: published,
    act: "delete",
    refused: NOT_DIRECTLY,
  },
  {
    title: "deletion while the operator publishes",
    as: everyone,
    given: publishing,
    act: "delete",
    refused: NOT_DIRECTLY,
  },
  {
    title: "deletion of a published package revision whose spec says draft",
    as: everyone,
    given: { ...published, spec: { lifecycle: "draft" } },
    act: "delete",
    refused: NOT_DIRECTLY,
  },
  {
    title: "proposed deletion carried out without the right to approve",
    as: ["alice"],
    given: deletionProposed,
    act: "delete",
    refused: "user alice may not delete what is proposed for deletion",
  },
  {
    title: "proposed deletion carried out by the garbage collector, which has every right",
    as: ["collector"],
    given: deletionProposed,
    act: "delete",
    refused: "may not delete what is proposed for deletion",
  },
  {
    title: "proposed deletion carried out with the right to approve",
    as: approvers,
    given: deletionProposed,
    act: "delete",
  },
  {
    title: "deletion of a published package revision by the operator",
    as: ["operator"],
    given: published,
    act: "delete",
  },
];
