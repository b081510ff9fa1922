import { describe, expect, it } from "vitest";
import type { RepositorySpec } from "../../../api/v1alpha1/repository-spec.ts";
import { publishedRef } from "../../testing/discovered.ts";
import { aRepository, aRevision, aView, observed } from "../../testing/observed.ts";
import type { RevisionView } from "../observation.ts";
import { unreviewedDeletionBlocker } from "./four-eyes.ts";
import { publishBlocker } from "./publish-preconditions.ts";

const CONFIRM = "pkg.pkgserver.dev/confirm-base";
const CONFIRMED_BY = "pkg.pkgserver.dev/confirmed-by";

interface Facts {
  readonly approved?: string | undefined;
  readonly by?: string;
  /** Null: unknown. */
  readonly proposer?: string | null;
  readonly view?: Partial<RevisionView>;
  readonly editors?: readonly string[];
  readonly changers?: string;
  readonly attribution?: "Complete" | "Partial" | "none";
  readonly hasUnknownEditors?: boolean;
  readonly repository?: Partial<RepositorySpec>;
  readonly base?: string;
  readonly latest?: string;
  readonly own?: RevisionView["own"];
  readonly confirm?: string;
  readonly confirmer?: string;
  readonly input?: number;
}

function blockerOf(facts: Facts) {
  const { approved = "approved" in facts ? undefined : "d1", by = "eve", proposer = "ann", editors = [] } = facts;
  const view = aView({
    mainCommit: "m1",
    own: facts.own ?? {},
    ...facts.view,
    ...(facts.latest !== undefined && { latest: publishedRef("dns", facts.latest) }),
  });
  const proposal = {
    digest: "d1",
    commit: "c1",
    ...(proposer !== null && { by: proposer }),
    at: "2025-01-02T03:04:05Z",
  };
  const object = aRevision({
    spec: {
      lifecycle: "published",
      ...(approved !== undefined && { approval: { digest: approved, by } }),
      ...(facts.input !== undefined && { inputs: [{ apiVersion: "v1", kind: "Limit", bytes: facts.input }] }),
    },
    status: {
      lifecycle: "proposed",
      ...(facts.attribution !== "none" && { attribution: facts.attribution ?? "Complete" }),
      proposal,
      base: facts.base === undefined ? {} : { revision: facts.base },
    },
    annotations: {
      ...(facts.confirm !== undefined && { [CONFIRM]: facts.confirm }),
      ...(facts.confirmer !== undefined && { [CONFIRMED_BY]: facts.confirmer }),
      ...(facts.changers !== undefined && { "pkg.pkgserver.dev/changed-by": facts.changers }),
    },
  });
  const repository = aRepository(facts.repository);
  const { hasUnknownEditors = false } = facts;
  return publishBlocker(observed(object, { view, editors, hasUnknownEditors, repository }), view, proposal);
}

const change = { commit: "c4", author: "zoe", mergeable: true, merged: false };
const fourEyes = { approval: { fourEyes: true } };
const outdated: Facts = { base: "v1", latest: "v2", confirm: "v2" };
const diverged: Facts = { own: { main: "t4", base: "t1", head: "t2" }, confirm: "t4" };
const reviewed = { repository: fourEyes, editors: ["bob"], changers: "liz" };

describe("publishBlocker", () => {
  it.each<[string, Facts]>([
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

  it.each<[string, Facts, string]>([
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

  it("says whether a newer revision was published, or the base deleted", () => {
    const messageOf = (facts: Facts) => blockerOf(facts)?.message;
    expect(messageOf({ base: "v1", latest: "v2" })).toContain("this draft began from v1, and v2 was published since");
    expect(messageOf({ base: "v2", latest: "v1" })).toContain("from v2, which was deleted since: v1 is the latest");
    expect(messageOf({ latest: "v1" })).toContain("before the package had a revision, and v1 was published since");
    expect(messageOf({ latest: "v1" })).toMatch(/\(as an approver\), or create a new draft$/);
  });

  it("names the digest of a wrong approval, and none to be approved without a review", () => {
    const { message } = blockerOf({ approved: "d0" }) ?? {};
    expect(message).toContain("spec.approval.digest is d0, which is not the digest of the proposal");
    expect(message).toMatch(/: review what is proposed now, and approve its digest$/);
    expect(message).not.toContain("d1");
    expect(blockerOf({ approved: undefined })?.message).toContain("spec.approval.digest is not set");
  });

  it("names the revision or commit to confirm", () => {
    expect(blockerOf({ base: "v1", latest: "v2" })?.message).toContain(`${CONFIRM}=v2`);
    expect(blockerOf({ own: { main: "t4", base: "t1" } })?.message).toContain(`${CONFIRM}=t4`);
    const { message } = blockerOf({ own: { main: "t4", base: "t1" }, view: { mainChange: change } }) ?? {};
    expect(message).toContain("was changed by zoe (commit c4)");
    expect(message).toContain(`${CONFIRM}=c4`);
    expect(message).toContain("merge it into the draft's branch");
    const ahead = blockerOf({ own: { main: "t4", base: "t1" }, view: { mainChange: { ...change, mergeable: false } } });
    expect(ahead?.message).not.toContain("merge it");
    const removed = blockerOf({ own: { main: "absent", base: "t1" }, view: { mainChange: change } });
    expect(removed?.message).not.toContain("create a draft from it");
    const both = blockerOf({
      base: "v1",
      latest: "v2",
      own: { main: "t4", base: "t1" },
      view: { mainChange: change },
      confirm: "v2",
    });
    expect(both?.message).toContain(`${CONFIRM}=v2,c4 (`);
    const back = { mainChange: change, mainRevision: "v1" };
    expect(blockerOf({ base: "v2", latest: "v2", own: { main: "t4", base: "t1" }, view: back })?.message).toContain(
      "has the contents of v1, though v2 is the latest (commit c4)",
    );
  });

  it("tells all ways out of a diverged main, in order", () => {
    const own = { main: "t4", base: "t1" };
    expect(blockerOf({ own, view: { mainChange: change } })?.message).toBe(
      "the folder dns on refs/heads/main was changed by zoe (commit c4), and this draft does not include that: " +
        "create a draft from it (task clone, upstream.revision main), or merge it into the draft's branch, " +
        `or copy the wanted changes and annotate ${CONFIRM}=c4 (as an approver)`,
    );
    expect(
      blockerOf({ own: { ...own, main: "absent" }, view: { mainChange: { commit: "c4", author: "zoe" } as never } })
        ?.message,
    ).toBe(
      "the folder dns on refs/heads/main was changed by zoe (commit c4), and this draft does not include that: copy " +
        `the wanted changes and annotate ${CONFIRM}=c4 (as an approver)`,
    );
    expect(blockerOf({ own })?.message).toContain("was changed by an external commit, and this draft");
  });

  it("says why a confirmation does not count, and how another approver confirms the same value", () => {
    const rest =
      ", and the Repository requires another approver (spec.approval.fourEyes): another approver sets both " +
      `${CONFIRM} and, with their own name, ${CONFIRMED_BY}`;
    expect(blockerOf({ ...outdated, ...reviewed, confirmer: "bob" })?.message).toBe(
      `this draft began from v1, and v2 was published since: merge its changes and annotate ${CONFIRM}=v2 (as an ` +
        "approver), or create a new draft; the annotation that is there does not count, since bob, who set it, " +
        `proposed, edited or changed this package revision${rest}`,
    );
    expect(blockerOf({ ...diverged, ...reviewed })?.message).toContain(
      `(as an approver); the annotation that is there does not count, since nobody knows who set it${rest}`,
    );
    expect(blockerOf({ base: "v1", latest: "v2", ...reviewed })?.message).not.toContain("does not count");
  });

  it("says where to find the ways out of a rewritten history, and of a file in the way", () => {
    expect(blockerOf({ view: { mainLost: "c0" } })?.message).toBe(
      "the history of refs/heads/main was rewritten on the remote: the condition Ready of the Repository has the ways " +
        "to resolve it",
    );
    expect(blockerOf({ view: { fileInPlace: "dns" } })?.message).toBe(
      "refs/heads/main has a file dns at the path of the folder dns: remove the file, or use another name",
    );
  });

  it("names a confirmation of the latest revision only if there is one", () => {
    const own = { main: "t4", base: "t1" };
    const facts = { own, view: { mainChange: change }, base: "v2", latest: "v2" };
    expect(blockerOf(facts)?.message).toContain(`${CONFIRM}=c4 (`);
  });

  it("blocks the approval of a user who is not known, with four eyes", () => {
    const proposal = { digest: "d1", commit: "c1", by: "ann", at: "2025-01-02T03:04:05Z" };
    // As an API server without the admission policies may have stored it.
    const approval = { digest: "d1" } as never;
    const object = aRevision({ spec: { approval }, status: { lifecycle: "proposed", proposal } });
    const given = observed(object, { repository: aRepository(fourEyes) });
    expect(publishBlocker(given, aView(), proposal)).toEqual({
      reason: "FourEyes",
      kind: "stalled",
      message:
        "the approver is not known, and the Repository requires another approver (spec.approval.fourEyes): approve it " +
        "again",
    });
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

  it("tells who must approve with four eyes", () => {
    expect(blockerOf({ repository: fourEyes, by: "ann" })?.message).toBe(
      "ann proposed, edited or changed this package revision: the Repository requires another approver " +
        "(spec.approval.fourEyes)",
    );
    expect(blockerOf({ repository: fourEyes, proposer: null })?.message).toContain(
      "the proposer is not known, and the Repository requires another approver (spec.approval.fourEyes): return the",
    );
    expect(blockerOf({ repository: fourEyes, proposer: null })?.message).toContain("pkg.pkgserver.dev/proposed-by");
    const unknown = [{ hasUnknownEditors: true }, { attribution: "Partial" }] as const;
    const message = /^not everybody who created, changed or edited it is known, .* stays unknown$/;
    for (const facts of unknown) expect(blockerOf({ repository: fourEyes, ...facts })?.message).toMatch(message);
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

describe("unreviewedDeletionBlocker", () => {
  it("keeps a revision in Git whose deletion nobody else has carried out, and says what to do", () => {
    const given = observed(aRevision({ deleted: true }), { repository: aRepository(fourEyes) });
    expect(unreviewedDeletionBlocker(given)).toEqual({
      reason: "FourEyes",
      kind: "stalled",
      message:
        "it was deleted before the Repository's demand for another user (spec.approval.fourEyes) was known here: it " +
        "stays in Git and is shown again; propose the deletion, and let another user carry it out",
    });
    expect(unreviewedDeletionBlocker(observed(aRevision({ deleted: true })))).toBeUndefined();
  });
});
