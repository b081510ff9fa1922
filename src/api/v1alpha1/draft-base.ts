import { Type } from "typebox";
import { text, time } from "../schema/schema.ts";
import { folder } from "./package-identity.ts";

export const draftBase = Type.Object(
  {
    revision: Type.Optional(
      folder(
        "The package's latest published revision when the draft began, or was rebased last. Absent: there was none.",
      ),
    ),
    commit: Type.Optional(text("The commit at which the draft's branch began. Absent in an empty repository.", 64)),
    mainCommit: Type.Optional(
      text(
        "The commit of spec.git.ref with whose files the draft began, or which it was rebased onto. Absent: the same of " +
          "the files of a revision.",
        64,
      ),
    ),
  },
  {
    description:
      "Where the draft began, or what it was rebased onto. What was published or pushed to main since then, it may not undo unseen.",
  },
);

export const lastRebase = Type.Object(
  {
    result: Type.Enum(["Rebased", "UpToDate", "Refused"], {
      description: "UpToDate: there was nothing to rebase onto. Refused: the draft is as it was.",
    }),
    message: text("What was done for whom, or why not.", 4096),
    at: time("The time at which the operator answered the request."),
  },
  { description: "The last request to rebase this draft, and what came of it." },
);
