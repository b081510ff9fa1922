import { Type } from "typebox";
import { text } from "../schema/schema.ts";

const requirement = Type.Object({
  key: text("A label's key.", 317),
  operator: Type.Enum(["In", "NotIn", "Exists", "DoesNotExist"], { description: "As in Kubernetes." }),
  values: Type.Optional(Type.Array(text("A value.", 63), { description: "Of In and NotIn.", maxItems: 64 })),
});

export const labelSelector = Type.Object(
  {
    matchLabels: Type.Optional(
      Type.Record(Type.String(), Type.String({ maxLength: 63 }), {
        description: "Labels that all have to be there.",
        maxProperties: 32,
      }),
    ),
    matchExpressions: Type.Optional(Type.Array(requirement, { description: "All have to hold.", maxItems: 16 })),
  },
  { description: "A label selector. Empty: all." },
);
