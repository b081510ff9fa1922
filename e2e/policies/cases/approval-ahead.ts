import { annotate, approvers, type Case, draft, everyone } from "./case.ts";

const CONFIRM = "pkg.pkgserver.dev/confirm-base";
const APPROVE_GATE = [{ conditionType: "pkg.pkgserver.dev/approve" }];

/** Fields that grant an approval in advance. */
export const approvalAheadCases: readonly Case[] = [
  {
    title: "annotation confirm-base set without the right to approve",
    as: ["alice"],
    given: draft,
    act: annotate(CONFIRM, "v3"),
    refused: "user alice may not set the annotation pkg.pkgserver.dev/confirm-base",
  },
  {
    title: "annotation confirm-base set with the right to approve",
    as: approvers,
    given: draft,
    act: annotate(CONFIRM, "v3"),
  },
  {
    title: "annotation confirm-base changed without the right to approve",
    as: ["alice"],
    given: { ...draft, metadata: { annotations: { [CONFIRM]: "v3" } } },
    act: annotate(CONFIRM, "v4"),
    refused: "user alice may not set the annotation pkg.pkgserver.dev/confirm-base",
  },
  {
    title: "annotation confirm-base removed",
    as: everyone,
    given: { ...draft, metadata: { annotations: { [CONFIRM]: "v3" } } },
    act: annotate(CONFIRM, null),
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
