import { type Static, Type } from "typebox";
import { rules, text } from "../schema/schema.ts";

const kind = Type.Object(
  {
    apiVersion: text("The apiVersion, such as example.org/v1.", 317, {
      minLength: 1,
      pattern: "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?v[a-z0-9]+$",
    }),
    kind: text("The kind, such as Cluster.", 63, { minLength: 1, pattern: "^[A-Za-z][A-Za-z0-9]*$" }),
  },
  rules({
    rule: "!(self.apiVersion == 'v1' && self.kind == 'Secret')",
    message: "what packages take from the cluster is written to Git: Secrets cannot be read",
  }),
);

export const clusterData = Type.Object(
  {
    serviceAccountName: text(
      "A ServiceAccount of this namespace, with whose rights the objects are read. The operator must be allowed to " +
        "create tokens for it.",
      253,
      { minLength: 1, pattern: "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$" },
    ),
    kinds: Type.Array(kind, {
      description:
        "The kinds of objects that may be read, in all namespaces in which the ServiceAccount may read them.",
      minItems: 1,
      maxItems: 32,
    }),
  },
  {
    description:
      "Lets data blocks of packages take objects from the cluster that the operator runs in, if spec.inputs and the " +
      "published packages of the target do not have them. Absent: nothing is read from the cluster.",
  },
);

export type ClusterDataSettings = Static<typeof clusterData>;
