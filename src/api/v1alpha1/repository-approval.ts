import { type Static, Type } from "typebox";
import { DNS_LABEL, listByKey, rules, text } from "../schema/schema.ts";
import { validatorOf } from "../schema/validate.ts";

export const MAX_APPROVALS = 16;

const required = (description: string) =>
  Type.Integer({ description, format: "int32", minimum: 1, maximum: MAX_APPROVALS });

const ruleName = text("The name of the rule, for messages and records.", 63, { minLength: 1, pattern: DNS_LABEL });

const patterns = (description: string) =>
  Type.Array(text("A name or path; * stands for any characters, ? for one.", 253, { minLength: 1 }), {
    description,
    minItems: 1,
    maxItems: 32,
    "x-kubernetes-list-type": "set",
  });

const places = {
  targets: Type.Optional(patterns("The target is one of these, such as edge-*. That of a catalog is catalog.")),
  packages: Type.Optional(patterns("The package is one of these: the realm, a slash, and the name, or the name.")),
};

const match = Type.Object(
  {
    ...places,
    paths: Type.Optional(
      patterns(
        "A file that the publication adds, changes or removes is one of these, as its path in the package. * stands " +
          "for slashes, too.",
      ),
    ),
  },
  { description: "The proposals that the rule is about: those that fit each of these fields.", minProperties: 1 },
);

const rule = Type.Object(
  {
    name: ruleName,
    match: Type.Optional(match),
    groups: Type.Optional(
      Type.Array(text("A group of users, as the API server knows it.", 253, { minLength: 1 }), {
        description: "The approvers are members of one of these groups. Absent: any approver.",
        minItems: 1,
        maxItems: 8,
        "x-kubernetes-list-type": "set",
      }),
    ),
    required: Type.Optional(required("How many different users of these groups approve. Absent: 1.")),
  },
  rules({
    rule: "has(self.groups) || has(self.required)",
    message: "a rule needs groups, required, or both: without them it asks for nothing",
  }),
);

const automaticRule = Type.Object(
  {
    name: ruleName,
    match: Type.Optional(
      Type.Object(places, {
        description: "The proposals that the rule is about: those that fit each of these fields.",
        minProperties: 1,
      }),
    ),
    initial: Type.Optional(
      Type.Boolean({
        description:
          "The proposal was made by a PackageVariant, nobody has edited it, and it differs from the published revision " +
          "of the same variant, which a person or this rule has approved, in a newer revision of the same upstream " +
          "and what that makes of the files.",
      }),
    ),
    expression: Type.Optional(
      text(
        "Of CEL: true for a proposal that needs no approval by a person. It has the variables change, upgrade and " +
          "revision.",
        2048,
        { minLength: 1 },
      ),
    ),
  },
  rules({
    rule: "has(self.expression) || (has(self.initial) && self.initial)",
    message: "an automatic rule needs an expression, initial: true, or both: without them it would approve everything",
  }),
);

export const approvalPolicy = Type.Object(
  {
    fourEyes: Type.Optional(
      Type.Boolean({
        description:
          "The approver must not have proposed, edited or changed the package revision; who deletes a published " +
          "one must not have proposed that.",
        default: false,
      }),
    ),
    required: Type.Optional(required("How many different users approve a proposal before it is published. Absent: 1.")),
    rules: Type.Optional(
      listByKey(
        rule,
        "name",
        "Approvals that some proposals need. One approval counts for each rule that asks for its user.",
        16,
      ),
    ),
    automatic: Type.Optional(
      listByKey(
        automaticRule,
        "name",
        "Rules by which the operator approves proposals. One that holds takes the place of all approvals, unless an " +
          "entry of rules is about the proposal. To set or change them, or anything else in the spec while there are " +
          "some, needs the right to approve.",
        8,
      ),
    ),
  },
  { description: "Who may approve, beside the right to do so, and how many." },
);

export type ApprovalRule = Static<typeof rule>;
export type AutomaticRule = Static<typeof automaticRule>;
/** True for what a tag records of a rule. */
export const isAutomaticRule = validatorOf(automaticRule);
