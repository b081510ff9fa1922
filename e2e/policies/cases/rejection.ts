import type { Given } from "../testenv.ts";
import {
  annotate,
  type Case,
  draft,
  everyone,
  moveTo,
  proposed,
  publishing,
  replaceWithoutAnnotations,
  waiting,
} from "./case.ts";

const REASON = "pkg.pkgserver.dev/rejection-reason";
const NO_OTHER_WAY = "rejection-reason is given by the request that makes a proposal a draft again, and in no other";
const TOO_LONG = "rejection-reason has at most 1024 characters";

/** A state whose object has the reason of an earlier request, which the operator has not recorded yet. */
function withReason(given: Given): Given {
  const annotations = { ...(given.metadata?.annotations as object | undefined), [REASON]: "limits are missing" };
  return { ...given, metadata: { ...given.metadata, annotations } };
}

/** The annotation with the reason of a rejection. */
export const rejectionCases: readonly Case[] = [
  {
    title: "a rejection with a reason",
    as: everyone,
    given: proposed,
    act: { ...moveTo("draft"), ...annotate(REASON, "limits are missing") },
    result: annotate(REASON, "limits are missing"),
  },
  {
    title: "an approval that waits is taken back with a reason",
    as: ["alice", "bob"],
    given: waiting,
    act: { ...moveTo("draft", { approval: null }), ...annotate(REASON, "limits are missing") },
    result: annotate(REASON, "limits are missing"),
  },
  {
    title: "a reason of 1024 characters, of several bytes each",
    as: ["bob"],
    given: proposed,
    act: { ...moveTo("draft"), ...annotate(REASON, "é".repeat(1024)) },
    result: annotate(REASON, "é".repeat(1024)),
  },
  {
    title: "a reason that is too long",
    as: ["bob"],
    given: proposed,
    act: { ...moveTo("draft"), ...annotate(REASON, "x".repeat(1025)) },
    refused: TOO_LONG,
  },
  {
    title: "a reason that is set while the proposal stays one, for the next reviewer to give unseen",
    as: everyone,
    given: proposed,
    act: annotate(REASON, "alice is right"),
    refused: NO_OTHER_WAY,
  },
  {
    title: "a reason on a draft",
    as: everyone,
    given: draft,
    act: annotate(REASON, "x"),
    refused: NO_OTHER_WAY,
  },
  {
    title: "a reason given with a proposal",
    as: ["alice"],
    given: draft,
    act: { ...moveTo("proposed"), ...annotate(REASON, "x") },
    refused: NO_OTHER_WAY,
  },
  {
    title: "the reason of another user is changed",
    as: everyone,
    given: withReason(draft),
    act: annotate(REASON, "it is fine"),
    refused: NO_OTHER_WAY,
  },
  {
    title: "the reason is kept by a replace without it",
    needs: "MutatingAdmissionPolicy",
    as: everyone,
    given: withReason(draft),
    act: replaceWithoutAnnotations,
    result: annotate(REASON, "limits are missing"),
  },
  {
    title: "a reason that a gap of the policies let in is not that of the reviewer",
    needs: "MutatingAdmissionPolicy",
    as: everyone,
    given: withReason(proposed),
    act: moveTo("draft"),
    lacks: ["metadata", "annotations", REASON],
  },
  {
    title: "proposing again removes the reason of the rejection before",
    needs: "MutatingAdmissionPolicy",
    as: ["alice"],
    given: withReason(draft),
    act: moveTo("proposed"),
    lacks: ["metadata", "annotations", REASON],
  },
  {
    title: "proposing again, and removing the reason",
    as: ["alice"],
    given: withReason(draft),
    act: { ...moveTo("proposed"), ...annotate(REASON, null) },
    lacks: ["metadata", "annotations", REASON],
  },
  {
    title: "a further change of an object with a reason",
    as: everyone,
    given: withReason(draft),
    act: { metadata: { labels: { tier: "gold" } } },
    result: annotate(REASON, "limits are missing"),
  },
  {
    title: "an approval with a reason",
    as: ["bob"],
    given: proposed,
    act: { spec: publishing.spec, ...annotate(REASON, "fine") },
    refused: NO_OTHER_WAY,
  },
];
