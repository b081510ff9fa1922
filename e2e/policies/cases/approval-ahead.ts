import type { Given } from "../testenv.ts";
import { annotate, approvers, type Case, CONFIRM_BASE, CONFIRMED_BY, draft, everyone } from "./case.ts";

const APPROVE_GATE = [{ conditionType: "pkg.pkgserver.dev/approve" }];

/** A draft whose base `by` has confirmed; absent: nobody knows who. */
const confirmed = (value: string, by?: string): Given => {
  const annotations = { [CONFIRM_BASE]: value, ...(by !== undefined && { [CONFIRMED_BY]: by }) };
  return { ...draft, metadata: { annotations } };
};
const confirm = (value: string | null, by: string | null) => ({
  metadata: { annotations: { [CONFIRM_BASE]: value, [CONFIRMED_BY]: by } },
});
const MUST_BE_RECORDED =
  "who confirms a base must be recorded: with pkg.pkgserver.dev/confirm-base, set the annotation";

/** The annotation that records who confirmed a base. */
export const confirmerCases: readonly Case[] = [
  {
    title: "confirming a base records the requester",
    needs: "MutatingAdmissionPolicy",
    as: ["bob"],
    given: draft,
    act: annotate(CONFIRM_BASE, "v3"),
    result: annotate(CONFIRMED_BY, "bob"),
  },
  {
    title: "confirming a base records the requester in place of an earlier one",
    needs: "MutatingAdmissionPolicy",
    as: ["bob"],
    given: confirmed("v3", "carol"),
    act: annotate(CONFIRM_BASE, "v3,c4"),
    result: annotate(CONFIRMED_BY, "bob"),
  },
  {
    title: "confirming a base in one's own name",
    as: ["bob"],
    given: draft,
    act: confirm("v3", "bob"),
    result: annotate(CONFIRMED_BY, "bob"),
  },
  {
    title: "confirming a base in another user's name",
    as: approvers,
    given: draft,
    act: confirm("v3", "carol"),
    refused: MUST_BE_RECORDED,
  },
  {
    title: "the name of another user without a new confirmation",
    as: approvers,
    given: confirmed("v3", "alice"),
    act: annotate(CONFIRMED_BY, "carol"),
    refused: "confirmed-by is the name of who confirmed the base: leave it as it is",
  },
  {
    title: "confirming what another user has confirmed",
    as: ["bob"],
    given: confirmed("v3", "carol"),
    act: confirm("v3", "bob"),
    result: annotate(CONFIRMED_BY, "bob"),
  },
  {
    title: "confirming what an unknown user has confirmed",
    as: ["bob"],
    given: confirmed("v3"),
    act: confirm("v3", "bob"),
    result: annotate(CONFIRMED_BY, "bob"),
  },
  {
    title: "confirming what another user has confirmed, without the right to approve",
    as: ["alice"],
    given: confirmed("v3", "carol"),
    act: confirm("v3", "alice"),
    refused: "confirmed-by is the name of who confirmed the base: leave it as it is",
  },
  {
    title: "a name without a confirmation",
    as: everyone,
    given: draft,
    act: annotate(CONFIRMED_BY, "bob"),
    refused: "confirmed-by is set by setting pkg.pkgserver.dev/confirm-base, and removed with it",
  },
  {
    title: "the name is kept without a new confirmation, by whoever removes it",
    needs: "MutatingAdmissionPolicy",
    as: everyone,
    given: confirmed("v3", "carol"),
    act: annotate(CONFIRMED_BY, null),
    result: annotate(CONFIRMED_BY, "carol"),
  },
  {
    title: "removing a confirmation removes the name",
    needs: "MutatingAdmissionPolicy",
    as: everyone,
    given: confirmed("v3", "carol"),
    act: annotate(CONFIRM_BASE, null),
    lacks: ["metadata", "annotations", CONFIRMED_BY],
  },
];

/** Fields that grant an approval in advance. */
export const approvalAheadCases: readonly Case[] = [
  {
    title: "annotation confirm-base set without the right to approve",
    as: ["alice"],
    given: draft,
    act: annotate(CONFIRM_BASE, "v3"),
    refused: "user alice may not set the annotation pkg.pkgserver.dev/confirm-base",
  },
  {
    title: "annotation confirm-base set with the right to approve",
    as: approvers,
    given: draft,
    act: annotate(CONFIRM_BASE, "v3"),
  },
  {
    title: "annotation confirm-base changed without the right to approve",
    as: ["alice"],
    given: { ...draft, metadata: { annotations: { [CONFIRM_BASE]: "v3" } } },
    act: annotate(CONFIRM_BASE, "v4"),
    refused: "user alice may not set the annotation pkg.pkgserver.dev/confirm-base",
  },
  {
    title: "annotation confirm-base removed",
    as: everyone,
    given: { ...draft, metadata: { annotations: { [CONFIRM_BASE]: "v3" } } },
    act: annotate(CONFIRM_BASE, null),
  },
  {
    title: "gate approve added without the right to approve",
    as: ["alice"],
    given: draft,
    act: { spec: { readinessGates: APPROVE_GATE } },
    refused: "user alice may not add the gate pkg.pkgserver.dev/approve",
  },
  {
    title: "gate approve added with the right to approve",
    as: approvers,
    given: draft,
    act: { spec: { readinessGates: APPROVE_GATE } },
  },
  {
    title: "another gate added beside the gate approve",
    as: everyone,
    given: { ...draft, spec: { ...draft.spec, readinessGates: APPROVE_GATE } },
    act: { spec: { readinessGates: [...APPROVE_GATE, { conditionType: "example.com/checked" }] } },
  },
];
