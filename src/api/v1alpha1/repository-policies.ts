import { type Static, Type } from "typebox";
import { anyObject, DNS_LABEL, listByKey, rules, text } from "../schema/schema.ts";

const MAX_EXPRESSION = 4096;

const expression = (description: string) => text(description, MAX_EXPRESSION, { minLength: 1 });

const patterns = (description: string, pattern: string) =>
  Type.Array(text("A name; * stands for any characters, ? for one.", 253, { minLength: 1, pattern }), {
    description,
    maxItems: 64,
    "x-kubernetes-list-type": "set",
  });

const NAME = "^[-A-Za-z0-9._:*?]+$";

const requirement = Type.Object(
  {
    key: text("The key of the label.", 317, { minLength: 1 }),
    operator: Type.Enum(["In", "NotIn", "Exists", "DoesNotExist"], { description: "How the label is compared." }),
    values: Type.Optional(
      Type.Array(text("A value of the label.", 63), { description: "For In and NotIn.", maxItems: 64 }),
    ),
  },
  rules({
    rule: "(self.operator in ['In', 'NotIn']) == (has(self.values) && self.values.size() > 0)",
    message: "In and NotIn need values; Exists and DoesNotExist have none",
  }),
);

const labelSelector = Type.Object(
  {
    matchLabels: Type.Optional(
      Type.Record(Type.String(), text("The value of the label.", 63), {
        description: "The labels with their values.",
        maxProperties: 32,
      }),
    ),
    matchExpressions: Type.Optional(
      Type.Array(requirement, { description: "Requirements of single labels.", maxItems: 32 }),
    ),
  },
  { description: "The labels of the objects, as in other kinds of Kubernetes." },
);

const match = (description: string) =>
  Type.Object(
    {
      apiVersions: Type.Optional(
        patterns("One of these apiVersions, such as apps/v1 or apps/*.", "^[-a-z0-9.*?]+(/[a-z0-9*?]+)?$"),
      ),
      kinds: Type.Optional(patterns("One of these kinds.", "^[A-Za-z0-9*?]+$")),
      names: Type.Optional(patterns("One of these names.", NAME)),
      namespaces: Type.Optional(
        patterns("One of these namespaces. Of these patterns, only * fits an object without a namespace.", NAME),
      ),
      labelSelector: Type.Optional(labelSelector),
    },
    { description, minProperties: 1 },
  );

const policy = Type.Object({
  name: text("The name of the policy, which its results bear.", 63, { minLength: 1, pattern: DNS_LABEL }),
  match: Type.Optional(
    match("The objects that the policy is about: those that fit each of these fields. Without it, all objects."),
  ),
  exclude: Type.Optional(match("The objects that the policy is not about: those that fit each of these fields.")),
  variables: Type.Optional(
    listByKey(
      Type.Object({
        name: text("The name.", 63, { minLength: 1, pattern: "^[A-Za-z_][A-Za-z0-9_]*$" }),
        expression: expression("The expression in CEL, with the variables before it."),
      }),
      "name",
      "Expressions that others use as variables.NAME.",
      16,
    ),
  ),
  expression: expression(
    "An expression in CEL that is true for objects that comply. It uses object, params, variables and packageRevision " +
      "(metadata.labels and spec.packageRevID of the package revision).",
  ),
  message: Type.Optional(text("What is wrong, and what to do.", 200, { minLength: 1 })),
  messageExpression: Type.Optional(
    expression("An expression in CEL that gives the message. If it has no value, message is used."),
  ),
  fieldPath: Type.Optional(
    text("The field whose line a result names, such as .spec.template.spec.", 253, {
      pattern: "^([.][A-Za-z_][-A-Za-z0-9_]*|\\['[^']+'\\]|\\[[0-9]{1,6}\\])+$",
    }),
  ),
  severity: Type.Optional(
    Type.Enum(["error", "warning"], {
      description: "error: a package with such an object is not proposed. warning: it is, and the result is shown.",
      default: "error",
    }),
  ),
  params: Type.Optional(anyObject("Values that expressions use as params, such as lists of what is allowed.")),
});

export const policies = listByKey(
  policy,
  "name",
  "Rules that the Kubernetes objects of the packages have to follow, beside the schemas of their kinds.",
  64,
);

export type Policy = Static<typeof policy>;
export type PolicyMatch = NonNullable<Policy["match"]>;
