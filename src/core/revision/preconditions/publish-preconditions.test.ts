import { describe, expect, it } from "vitest";
import { aRevision, aView, observed } from "../../testing/observed.ts";
import {
  blockerOf,
  change,
  diverged,
  fourEyes,
  outdated,
  type PublishFacts,
  reviewed,
} from "../../testing/publish-facts.ts";
import { publishBlocker } from "./publish-preconditions.ts";

describe("publishBlocker", () => {
  it.each<[string, PublishFacts]>([
    ["the first revision of a package", {}],
    ["a draft of the latest revision", { base: "v2", latest: "v2" }],
    ["an outdated base that an approver confirmed", { base: "v1", latest: "v2", confirm: "v2" }],
    [
      "an outdated base that its editor confirmed, without four eyes",
      { base: "v1", latest: "v2", confirm: "v2", confirmer: "bob", editors: ["bob"] },
    ],
    [
      "an outdated base that another user than the editors confirmed, with four eyes",
      { ...outdated, repository: fourEyes, editors: ["bob"], confirmer: "kim" },
    ],
    [
      "an outdated base that the approver confirmed, with four eyes",
      { ...outdated, repository: fourEyes, editors: ["bob"], confirmer: "eve" },
    ],
    [
      "a state of main that another user than the editors confirmed, with four eyes",
      { ...diverged, repository: fourEyes, editors: ["bob"], confirmer: "kim" },
    ],
    ["the approval of one's own proposal, without four eyes", { by: "ann" }],
    [
      "a further revision of a package below another",
      { base: "v2", latest: "v2", view: { enclosing: ["net"], overlapping: ["net"] } },
    ],
    ["the first revision of a package above another", { view: { nested: [{ path: "dns/sub" }] } }],
    ["the approval of another user's proposal, with four eyes", { repository: fourEyes, editors: ["ann", "bob"] }],
    ["the approval of a spec that others changed, with four eyes", { repository: fourEyes, changers: "ann\nevelyn" }],
    ["the approval of a spec that the approver changed, without four eyes", { changers: "eve" }],
    ["an approval with changes by unknown users, without four eyes", { attribution: "none", hasUnknownEditors: true }],
    ["main with the files of the base", { own: { main: "t1", base: "t1", head: "t2" } }],
    ["main with the files of the proposal", { own: { main: "t2", base: "t1", head: "t2" } }],
    ["main with the files of the latest revision", { own: { main: "t3", base: "t1", head: "t2", latest: "t3" } }],
    ["a repository without main", { own: { base: "t1", head: "t2" } }],
    ["a state of main that an approver confirmed", { own: { main: "t4", base: "t1", head: "t2" }, confirm: "t4" }],
    [
      "main whose change was merged into the draft",
      { own: { main: "t4", base: "t1", head: "t2" }, view: { mainChange: { ...change, merged: true } } },
    ],
    [
      "an outdated base and a changed main, both confirmed by an approver",
      { base: "v1", latest: "v2", own: { main: "t4", base: "t1" }, view: { mainChange: change }, confirm: "v2,c4" },
    ],
    ["a folder that main never had", { own: { main: "absent", base: "t1", head: "t2", latest: "t1" } }],
    ["a main that is still there", { view: { hadMain: true } }],
    ["tagOnly with a rewritten main", { view: { mainLost: "c0" }, repository: { publish: "tagOnly" } }],
    [
      "tagOnly with a file at the path of the folder",
      { view: { fileInPlace: "dns" }, repository: { publish: "tagOnly" } },
    ],
    ["tagOnly with a changed main", { own: { main: "t4", base: "t1" }, repository: { publish: "tagOnly" } }],
  ])("allows %s", (_, facts) => {
    expect(blockerOf(facts)).toBeUndefined();
  });

  it.each<[string, PublishFacts, string]>([
    ["no approval", { approved: undefined }, "ApprovalMissing"],
    ["an approval of other contents", { approved: "d0" }, "ApprovalMissing"],
    ["the proposer's own approval", { repository: fourEyes, by: "ann" }, "FourEyes"],
    ["a proposal without a known proposer, with four eyes", { repository: fourEyes, proposer: null }, "FourEyes"],
    ["a file at the path of the folder", { view: { fileInPlace: "dns" } }, "PathConflict"],
    ["the first revision of a package below a published one", { view: { enclosing: ["net"] } }, "OverlappingPackage"],
    ["an editor's approval", { repository: fourEyes, editors: ["eve"] }, "FourEyes"],
    ["the approval of one who changed the spec", { repository: fourEyes, changers: "eve\nann" }, "FourEyes"],
    [
      "the approval of one who edited under a name with a line break",
      { repository: fourEyes, by: "mal\nlory", editors: ["mal lory"] },
      "FourEyes",
    ],
    ["an approval with earlier changes by unknown users", { repository: fourEyes, attribution: "Partial" }, "FourEyes"],
    ["an approval of what was changed without a record", { repository: fourEyes, attribution: "none" }, "FourEyes"],
    ["an approval of edits by unknown users", { repository: fourEyes, hasUnknownEditors: true }, "FourEyes"],
    ["a base with a newer revision", { base: "v1", latest: "v2" }, "OutdatedBase"],
    ["a base from before the first revision", { latest: "v1" }, "OutdatedBase"],
    ["a confirmation of an older revision", { base: "v1", latest: "v3", confirm: "v2" }, "OutdatedBase"],
    ["an outdated base that an editor confirmed", { ...outdated, ...reviewed, confirmer: "bob" }, "OutdatedBase"],
    ["an outdated base that the proposer confirmed", { ...outdated, ...reviewed, confirmer: "ann" }, "OutdatedBase"],
    [
      "an outdated base confirmed by a user who changed the spec",
      { ...outdated, ...reviewed, confirmer: "liz" },
      "OutdatedBase",
    ],
    ["an outdated base that an unknown user confirmed", { ...outdated, ...reviewed }, "OutdatedBase"],
    ["an outdated base with an empty name", { ...outdated, ...reviewed, confirmer: "" }, "OutdatedBase"],
    [
      "an outdated base confirmed under a name with a line break",
      { ...outdated, ...reviewed, editors: ["mal lory"], confirmer: "mal\nlory" },
      "OutdatedBase",
    ],
    ["a state of main that an editor confirmed", { ...diverged, ...reviewed, confirmer: "bob" }, "MainDiverged"],
    ["a proposal of an earlier version with a number that lost digits", { input: 2 ** 60 }, "InexactNumber"],
    ["main with an external change", { own: { main: "t4", base: "t1", head: "t2", latest: "t3" } }, "MainDiverged"],
    ["a confirmation of another state of main", { own: { main: "t4", base: "t1" }, confirm: "t5" }, "MainDiverged"],
    [
      "main that was ahead of the base when the draft began",
      { own: { main: "t4", base: "t1" }, view: { mainChange: change } },
      "MainDiverged",
    ],
    ["main whose history was rewritten", { view: { mainLost: "c0" } }, "HistoryRewritten"],
    [
      "a folder that was removed from main externally",
      { own: { main: "absent", base: "t1", head: "t2" }, view: { mainChange: change } },
      "MainDiverged",
    ],
  ])("blocks %s: %s", (_, facts, reason) => {
    expect(blockerOf(facts)).toMatchObject({ reason, kind: "stalled", message: expect.stringMatching(/./) });
  });

  it("waits for the gates of a publication", () => {
    const proposal = { digest: "d1", commit: "c1", by: "ann", at: "2025-01-02T03:04:05Z" };
    const spec = { approval: { digest: "d1", by: "eve" }, readinessGates: [{ conditionType: "a" }] };
    const given = observed(aRevision({ spec, status: { lifecycle: "proposed", proposal } }));
    expect(publishBlocker(given, aView(), proposal)?.message).toContain("must be True before this is published;");
  });

  it("accepts confirmations that are separated by commas and blanks", () => {
    expect(blockerOf({ base: "v1", latest: "v3", confirm: "c4,  v3" })).toBeUndefined();
  });

  it("waits for a deleted main branch, but not for the first one", () => {
    const without = (hadMain: boolean, baseCommit?: string) => {
      const { mainCommit: _, ...view } = aView({ hadMain, own: {} });
      const proposal = { digest: "d1", commit: "c1", by: "ann", at: "2025-01-02T03:04:05Z" };
      const object = aRevision({
        spec: { lifecycle: "published", approval: { digest: "d1", by: "eve" } },
        status: {
          lifecycle: "proposed",
          proposal,
          base: baseCommit === undefined ? {} : { commit: baseCommit },
        },
      });
      return publishBlocker(observed(object, { view }), view, proposal);
    };
    const message = "the branch refs/heads/main was deleted on the remote: restore it";
    expect(without(true)).toEqual({ reason: "MainMissing", kind: "stalled", message });
    expect(without(false)).toBeUndefined();
    expect(without(false, "c0")?.reason).toBe("MainMissing");
  });
});
