import { describe, expect, it } from "vitest";
import { ANNOTATION_CHANGED_BY } from "../../../api/v1alpha1/well-known.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import { aRepository, aRevision, aView, observed } from "../../../core/testing/observed.ts";
import { changersForDrafts } from "./schedule-of.ts";

interface Situation {
  readonly changers?: string;
  readonly editors?: readonly string[];
  readonly fourEyes?: boolean;
  readonly attribution?: "Complete" | "Partial";
  readonly draft?: Partial<DraftBranch>;
}

function changers({ changers: names = "alice", editors = [], fourEyes = true, attribution, draft = {} }: Situation) {
  const annotations = { [ANNOTATION_CHANGED_BY]: names };
  const object = aRevision({ annotations, ...(attribution !== undefined && { status: { attribution } }) });
  const found = { kind: "draft", ref: "r", path: "dns", workspace: "one", commit: "c", ...draft } as DraftBranch;
  const repository = aRepository({ approval: { fourEyes } });
  return changersForDrafts({ object, observation: observed(object, { repository, editors, view: aView({ found }) }) });
}

describe("changersForDrafts", () => {
  it("are those who changed the draft, and those who edited it, each once", () => {
    const known = { changers: "alice\nbob", editors: ["bob", "carol"], attribution: "Complete" } as const;
    expect(changers(known)).toEqual(["alice", "bob", "carol"]);
    expect(changers({ ...known, fourEyes: false })).toEqual(["alice", "bob", "carol"]);
  });

  it.each<[string, Situation]>([
    ["nobody is recorded", { changers: "", attribution: "Complete" }],
    ["an earlier change has no name", { attribution: "Partial" }],
    ["nothing is known of that", {}],
    ["its branch may have editors without a name", { attribution: "Complete", draft: { editorsUnknown: true } }],
    ["its branch claims an editor", { attribution: "Complete", draft: { claimed: ["mallory"] } }],
    [
      "there are too many",
      { attribution: "Complete", editors: Array.from({ length: 100 }, (_, index) => `u${index}`) },
    ],
  ])("are not known under four eyes if %s", (_, situation) => {
    expect(changers(situation)).toBeUndefined();
  });

  it("may be nobody where one user may do it all", () => {
    expect(changers({ changers: "", fourEyes: false })).toEqual([]);
  });
});
