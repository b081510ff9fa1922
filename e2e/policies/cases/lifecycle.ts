import type { Given } from "../testenv.ts";
import {
  type Case,
  deletionProposed,
  draft,
  everyone,
  moveTo,
  proposed,
  published,
  publishing,
  waiting,
} from "./case.ts";

type Transition = readonly [from: Given, to: string, refused?: string];

const STILL_PUBLISHED = "what is proposed for deletion is still published: take the deletion back";
const FINAL = "what is published stays published: make a new package revision";
/** Every transition but the approval, where status agrees with spec. */
const transitions: readonly Transition[] = [
  [draft, "draft"],
  [draft, "proposed"],
  [draft, "published", "a draft cannot be published directly: propose it first"],
  [draft, "deletionProposed", "only what is published is proposed for deletion: delete this draft directly"],
  [proposed, "draft"],
  [proposed, "proposed"],
  [proposed, "deletionProposed", "only what is published is proposed for deletion: delete this proposed directly"],
  [published, "draft", FINAL],
  [published, "proposed", FINAL],
  [published, "published"],
  [published, "deletionProposed"],
  [deletionProposed, "draft", STILL_PUBLISHED],
  [deletionProposed, "proposed", STILL_PUBLISHED],
  [deletionProposed, "published"],
  [deletionProposed, "deletionProposed"],
];
const unset: Given = { status: { lifecycle: "draft" } };

/** A cluster administrator is bound by the lifecycle like any other user. */
export const lifecycleCases: readonly Case[] = [
  ...transitions.map(([given, to, refused]) => ({
    title: `${given.spec?.lifecycle} to ${to}`,
    as: everyone,
    given,
    act: moveTo(to),
    ...(refused === undefined ? { result: { spec: { lifecycle: to } } } : { refused }),
  })),
  ...[draft, proposed, published, deletionProposed].map((given) => ({
    title: `lifecycle ${given.spec?.lifecycle} removed from the spec`,
    as: everyone,
    given,
    act: moveTo(null),
    refused: `spec.lifecycle cannot be removed once set (it is ${given.spec?.lifecycle})`,
  })),
  {
    title: "no lifecycle, labels changed",
    as: everyone,
    given: unset,
    act: { metadata: { labels: { a: "b" } } },
  },
  { title: "no lifecycle to proposed", as: everyone, given: unset, act: moveTo("proposed") },
  {
    title: "no lifecycle to published",
    as: everyone,
    given: unset,
    act: moveTo("published"),
    refused: "a draft cannot be published directly",
  },
  {
    title: "published back to draft by the operator",
    as: ["operator"],
    given: published,
    act: moveTo("draft", { approval: null }),
  },
  ...["draft", "proposed"].map((to) => ({
    title: `a publication that waits taken back to ${to}, with its approval`,
    as: everyone,
    given: waiting,
    act: moveTo(to, { approval: null }),
    result: { spec: { lifecycle: to } },
    lacks: ["spec", "approval"],
  })),
  {
    title: "a publication that waits for nothing taken back",
    as: everyone,
    given: publishing,
    act: moveTo("draft", { approval: null }),
    refused: "the request can be taken back only while status.waitingFor says",
  },
  {
    title: "deletion proposed before the publication is done",
    as: everyone,
    given: waiting,
    act: moveTo("deletionProposed"),
    refused: "it is not published yet (status.lifecycle is proposed)",
  },
];
