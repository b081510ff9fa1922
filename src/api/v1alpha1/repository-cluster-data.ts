import { type Static, Type } from "typebox";
import { rules } from "../schema/schema.ts";
import { kindOfObjects, serviceAccountName } from "./objects-of-cluster.ts";

const kind = Type.Object(
  kindOfObjects,
  rules({
    rule: "!(self.apiVersion == 'v1' && self.kind == 'Secret')",
    message: "what packages take from the cluster is written to Git: Secrets cannot be read",
  }),
);

export const clusterData = Type.Object(
  {
    serviceAccountName,
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
