import { type Case, deletionProposed, draft, everyone, proposed, published, unobserved } from "./case.ts";

/** A new value for every field of the spec that can change at all. */
export const changeableFields: Readonly<Record<string, unknown>> = {
  inputs: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "site" } }],
  updatePolicy: "strict",
  readinessGates: [{ conditionType: "example.com/checked" }],
};

/** The spec of a proposal and of a published package revision, but for lifecycle and approval. */
export const frozenSpecCases: readonly Case[] = Object.entries(changeableFields).flatMap(([field, value]) => {
  const change = { spec: { [field]: value } };
  return [
    { title: `${field} of a draft changed`, as: ["alice"], given: draft, act: change },
    { title: `${field} changed before any status is reported`, as: ["alice"], given: unobserved, act: change },
    ...[proposed, published, deletionProposed].flatMap((given) => [
      {
        title: `${field} changed while ${given.spec?.lifecycle}`,
        as: everyone,
        given,
        act: change,
        refused: `spec.${field} can be changed only in a draft: status.lifecycle is ${given.spec?.lifecycle}`,
      },
      {
        title: `${field} removed while ${given.spec?.lifecycle}`,
        as: ["alice"] as const,
        given: { ...given, spec: { ...given.spec, [field]: value } },
        act: { spec: { [field]: null } },
        refused: `spec.${field} can be changed only in a draft`,
      },
    ]),
  ] satisfies readonly Case[];
});
