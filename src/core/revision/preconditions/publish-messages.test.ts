import { describe, expect, it } from "vitest";
import {
  blockerOf,
  CONFIRM,
  CONFIRMED_BY,
  change,
  diverged,
  outdated,
  type PublishFacts,
  reviewed,
} from "../../testing/publish-facts.ts";

describe("the message of a publication that is held back", () => {
  it("says whether a newer revision was published, or the base deleted", () => {
    const messageOf = (facts: PublishFacts) => blockerOf(facts)?.message;
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
        "make it a draft again and rebase it (kubectl pkg withdraw, then kubectl pkg rebase), or " +
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
      "this draft began from v1, and v2 was published since: make it a draft again and rebase it (kubectl pkg " +
        `withdraw, then kubectl pkg rebase), or merge its changes by hand and annotate ${CONFIRM}=v2 (as an ` +
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
});
