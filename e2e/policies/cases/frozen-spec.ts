import { type Case, deletionProposed, draft, everyone, moveTo, proposed, published, unobserved } from "./case.ts";

/** Two values for every field of the spec that can change at all. */
export const changeableFields: Readonly<Record<string, readonly [value: unknown, other: unknown]>> = {
  inputs: [
    [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "site" } }],
    [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "other" } }],
  ],
  updatePolicy: ["strict", "loose"],
  readinessGates: [[{ conditionType: "example.com/checked" }], [{ conditionType: "example.com/other" }]],
};

const ADVICE: Readonly<Record<string, string>> = { proposed: "move it back to draft first" };

/** The spec of a proposal and of a published package revision, but for lifecycle and approval. */
export const frozenSpecCases: readonly Case[] = Object.entries(changeableFields).flatMap(([field, [value, other]]) => {
  const set = { spec: { [field]: value } };
  return [
    { title: `${field} of a draft set`, as: ["alice"], given: draft, act: set },
    { title: `${field} set before any status is reported`, as: ["alice"], given: unobserved, act: set },
    ...[proposed, published, deletionProposed].flatMap((given): readonly Case[] => {
      const lifecycle = String(given.spec?.lifecycle);
      const advice = ADVICE[lifecycle] ?? "make a new package revision";
      const refused = `spec.${field} can be changed only in a draft: status.lifecycle is ${lifecycle}; ${advice}`;
      const holding = { ...given, spec: { ...given.spec, ...set.spec } };
      return [
        { title: `${field} set while ${lifecycle}`, as: everyone, given, act: set, refused },
        {
          title: `${field} changed while ${lifecycle}`,
          as: ["alice"],
          given: holding,
          act: { spec: { [field]: other } },
          refused,
        },
        {
          title: `${field} removed while ${lifecycle}`,
          as: ["alice"],
          given: holding,
          act: { spec: { [field]: null } },
          refused,
        },
      ];
    }),
    {
      title: `${field} kept while a proposal goes back to draft`,
      as: ["alice"],
      given: { ...proposed, spec: { ...proposed.spec, ...set.spec } },
      act: moveTo("draft"),
    },
  ] satisfies readonly Case[];
});
