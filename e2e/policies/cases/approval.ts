import type { KubeLike } from "../testenv.ts";
import {
  APPROVAL,
  approvers,
  type Case,
  DIGEST,
  draft,
  everyone,
  moveTo,
  proposed,
  published,
  waiting,
} from "./case.ts";

const approve = (by: string, digest = DIGEST) => moveTo("published", { approval: { digest, by } });

export const approvalCases: readonly Case[] = [
  { title: "approval by an approver", as: ["bob"], given: proposed, act: approve("bob") },
  { title: "approval by a cluster administrator", as: ["admin"], given: proposed, act: approve("admin") },
  {
    title: "approval by the operator, in another user's name",
    as: ["operator"],
    given: proposed,
    act: approve("alice"),
  },
  {
    title: "lifecycle published alone is completed to an approval",
    as: approvers,
    given: proposed,
    act: moveTo("published"),
    result: { spec: { lifecycle: "published", approval: { digest: DIGEST } } },
  },
  {
    title: "approval without the right",
    as: ["alice"],
    given: proposed,
    act: approve("alice"),
    refused: "user alice may not approve: it needs update on packagerevisions/approval in namespace",
  },
  {
    title: "approval before the operator reports the proposal",
    as: ["bob"],
    given: { ...proposed, status: { lifecycle: "draft" } },
    act: approve("bob"),
    refused: "not proposed yet (status.lifecycle is draft): wait until status.lifecycle is proposed",
  },
  {
    title: "approval while the operator reports a draft, with an earlier proposal",
    as: ["bob"],
    given: { ...proposed, status: { ...proposed.status, lifecycle: "draft" } },
    act: approve("bob"),
    refused: "not proposed yet (status.lifecycle is draft)",
  },
  {
    title: "approval before the operator reports the proposal's digest",
    as: ["bob"],
    given: { ...proposed, status: { lifecycle: "proposed" } },
    act: approve("bob"),
    refused: "not proposed yet (status.lifecycle is proposed)",
  },
  {
    title: "approval before the operator reports any status",
    as: ["bob"],
    given: { spec: { lifecycle: "proposed" } },
    act: approve("bob"),
    refused: "not proposed yet",
  },
  {
    title: "approval of a proposal of an older generation",
    as: ["bob"],
    given: { ...proposed, status: { ...proposed.status, observedGeneration: 0 } },
    act: approve("bob"),
    refused: "the proposal is older than the spec",
  },
  {
    title: "a proposal of an older generation taken back to draft",
    as: everyone,
    given: { ...proposed, status: { ...proposed.status, observedGeneration: 0 } },
    act: moveTo("draft"),
  },
  {
    title: "labels changed while the approved proposal has another digest by now",
    as: everyone,
    given: { ...waiting, spec: moveTo("published", { approval: { digest: "sha256:2222", by: "bob" } }).spec },
    act: { metadata: { labels: { tier: "gold" } } },
  },
  {
    title: "approval with another digest",
    as: approvers,
    given: proposed,
    act: approve("bob", "sha256:2222"),
    refused:
      "spec.approval.digest is not the digest of the proposal: it changed since it was reviewed; " +
      `review what is proposed now and approve ${DIGEST}`,
  },
  {
    title: "approval in another user's name",
    as: ["bob"],
    given: proposed,
    act: approve("carol"),
    refused: "spec.approval.by must be the name of who approves, bob",
  },
  {
    title: "spec.approval set on a proposal that stays one",
    as: everyone,
    given: proposed,
    act: { spec: { approval: APPROVAL } },
    refused: "spec.approval is set by approving",
  },
  {
    title: "spec.approval set while proposing",
    as: everyone,
    given: draft,
    act: moveTo("proposed", { approval: APPROVAL }),
    refused: "spec.approval is set by approving",
  },
  {
    title: "spec.approval changed after publication",
    as: everyone,
    given: published,
    act: { spec: { approval: { by: "carol" } } },
    refused: "spec.approval is set by approving",
  },
  {
    title: "the approval is kept by a replace without it",
    as: everyone,
    given: published,
    act: ({ spec: { approval: _, ...spec }, ...object }: KubeLike) => ({ ...object, spec }),
    result: { spec: { approval: APPROVAL } },
  },
  {
    title: "a publication taken back loses its approval",
    as: everyone,
    given: waiting,
    act: moveTo("proposed"),
    lacks: ["spec", "approval"],
  },
];
