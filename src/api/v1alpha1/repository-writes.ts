import { Type } from "typebox";
import { text } from "../schema/schema.ts";

/** What is pushed at once. */
export const push = Type.Object(
  {
    maxTags: Type.Optional(
      Type.Integer({
        description:
          "The most tags that one push creates and deletes; without it, all publications that wait share a push. Hosts " +
          "send no events and start no pipelines for more: 3 on GitHub and, by default, GitLab. A publication creates " +
          "one tag. A deletion, which replaces a tag by another, is never divided.",
        minimum: 1,
        maximum: 100,
      }),
    ),
  },
  { description: "What is pushed at once." },
);

/** One line without what a person in a commit's headers cannot have. */
const PERSON_NAME = "^[^<>\\s\\x00-\\x1f\\x7f]([^<>\\x00-\\x1f\\x7f]*[^<>\\s\\x00-\\x1f\\x7f])?$";
const EMAIL = "^[^<>@\\s\\x00-\\x1f\\x7f]+@[^<>@\\s\\x00-\\x1f\\x7f]+$";

const template = (description: string) => text(description, 1024, { minLength: 1 });

/** What rules of hosts are about. */
export const commit = Type.Object(
  {
    committer: Type.Optional(
      Type.Object(
        {
          name: text("The name.", 100, { minLength: 1, pattern: PERSON_NAME }),
          email: text("The address.", 254, { minLength: 3, pattern: EMAIL }),
        },
        {
          description:
            "The committer of all commits, and the author of those that no known user requested. By default " +
            "pkgserver, with an address of emailDomain.",
        },
      ),
    ),
    emailDomain: Type.Optional(
      text(
        "The domain of the addresses of users whose name is no address: alice is alice@emailDomain. By default " +
          "noreply.pkgserver.dev.",
        190,
        { minLength: 1, pattern: "^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?$" },
      ),
    ),
    messageTemplate: Type.Optional(
      template(
        "The message of commits, before its trailers. The first line is the subject. Fields: {{subject}} (the " +
          "default), {{action}}, {{repository}}, {{target}}, {{realm}}, {{package}}, {{path}}, {{workspace}}, " +
          "{{revision}}, {{user}}; one that a commit does not have is empty.",
      ),
    ),
    tagMessageTemplate: Type.Optional(
      template("The same for the messages of annotated tags. By default messageTemplate."),
    ),
  },
  { description: "What rules of the host require of commits and tags." },
);
