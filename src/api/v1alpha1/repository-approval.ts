import { type Static, Type } from "typebox";
import { DNS_LABEL, listByKey, rules, text } from "../schema/schema.ts";

export const MAX_APPROVALS = 16;

const required = (description: string) =>
  Type.Integer({ description, format: "int32", minimum: 1, maximum: MAX_APPROVALS });

const patterns = (description: string) =>
  Type.Array(text("A name or path; * stands for any characters, ? for one.", 253, { minLength: 1 }), {
    description,
    minItems: 1,
    maxItems: 32,
    "x-kubernetes-list-type": "set",
  });

const match = Type.Object(
  {
    targets: Type.Optional(patterns("The target is one of these, such as edge-*. That of a catalog is catalog.")),
    packages: Type.Optional(patterns("The package is one of these: the realm, a slash, and the name, or the name.")),
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
    name: text("The name of the rule, for messages.", 63, { minLength: 1, pattern: DNS_LABEL }),
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
  },
  { description: "Who may approve, beside the right to do so, and how many." },
);

export type ApprovalRule = Static<typeof rule>;
