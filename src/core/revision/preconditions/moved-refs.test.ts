import { describe, expect, it } from "vitest";
import type { PackageRevisionStatus } from "../../../api/v1alpha1/package-revision-status.ts";
import { draftBranch, oid, publishedRef } from "../../testing/discovered.ts";
import { aRevision, aView, observed } from "../../testing/observed.ts";
import {
  branchMissingBlocker,
  branchRewrittenBlocker,
  notVerifiedBlocker,
  tagMissingBlocker,
  tagMovedBlocker,
  tombstoneBlocker,
  unreadableBlocker,
} from "./moved-refs.ts";

const observation = (status: Partial<PackageRevisionStatus>) => observed(aRevision({ status }));
const tag = publishedRef("dns", "v1", { commit: oid(1) });

describe("unreadableBlocker", () => {
  it("says which ref is there, and why it cannot be read", () => {
    expect(unreadableBlocker(aView())).toBeUndefined();
    expect(unreadableBlocker(aView({ unreadable: { ref: "refs/tags/dns/v1", message: "it is broken" } }))).toEqual({
      reason: "BadObjects",
      kind: "stalled",
      message: "refs/tags/dns/v1 is there on the remote, and cannot be read: it is broken",
    });
  });
});

describe("tagMovedBlocker", () => {
  it.each(["published", "deletionProposed"] as const)(
    "blocks a revision that is %s, with both commits",
    (lifecycle) => {
      expect(tagMovedBlocker(observation({ lifecycle, commit: oid(2) }), tag)).toEqual({
        reason: "TagMoved",
        kind: "stalled",
        message:
          `the tag refs/tags/dns/v1 was moved on the remote from ${oid(2)} to ${oid(1)}; published contents never ` +
          "change: put the tag back, or publish a new revision",
      });
    },
  );

  it.each<Partial<PackageRevisionStatus>>([
    { lifecycle: "published", commit: oid(1) },
    { lifecycle: "published" },
    { lifecycle: "proposed", commit: oid(2) },
  ])("accepts the tag of %j", (status) => {
    expect(tagMovedBlocker(observation(status), tag)).toBeUndefined();
  });
});

describe("blockers of deleted and rewritten refs", () => {
  it("name the tag and its commit", () => {
    const status = { lifecycle: "published", revision: "v1", commit: oid(3) } as const;
    const { reason, kind, message } = tagMissingBlocker(observation(status), aView());
    expect([reason, kind]).toEqual(["TagMissing", "stalled"]);
    expect(message).toContain("refs/tags/dns/v1 was deleted on the remote;");
    expect(message).toContain(`or else ${oid(3)} to it; to give it up, set lifecycle deletionProposed and delete this`);
    expect(message).toMatch(/ this package revision: main stays as it is, and the number becomes free$/);
  });

  it("name no tag or commit that a status lacks, which others have written", () => {
    const messages = [
      tagMissingBlocker(observation({ lifecycle: "published" }), aView()),
      notVerifiedBlocker(observation({ lifecycle: "published" }), aView({ notVerified: "the tag is not signed" })),
      branchMissingBlocker(observation({ lifecycle: "draft" }), aView()),
    ].map((one) => one?.message);
    expect(messages.join()).not.toContain("undefined");
    expect(messages[0]).toMatch(/^the tag of dns, whose number is not known, was deleted on the remote;/);
  });

  it("name the tag that is not verified, and why", () => {
    const status = { lifecycle: "published", revision: "v1", commit: oid(3) } as const;
    expect(notVerifiedBlocker(observation(status), aView({ notVerified: "the tag is not signed: sign it" }))).toEqual({
      reason: "NotVerified",
      kind: "stalled",
      message: expect.stringContaining(
        "refs/tags/dns/v1 does not count as a published revision: the tag is not signed: sign it; to give it up",
      ),
    });
    expect(notVerifiedBlocker(observation(status), aView())).toBeUndefined();
  });

  it("name the branch and its commit", () => {
    const { reason, kind, message } = branchMissingBlocker(observation({ commit: oid(3) }), aView());
    expect([reason, kind]).toEqual(["BranchMissing", "stalled"]);
    expect(message).toContain(`refs/heads/dns/one was deleted on the remote; to restore it, push ${oid(3)} to it;`);
    expect(message).toMatch(/ to give up the draft, delete this package revision$/);
  });

  it("name both commits of a rewritten branch", () => {
    const blocker = branchRewrittenBlocker(observation({}), aView({ branchLost: oid(7) }), draftBranch("dns", "one"));
    expect(blocker).toMatchObject({ reason: "BranchRewritten", kind: "stalled" });
    expect(blocker?.message).toContain("the contents stay those of the old commit, and edits are not pushed;");
    expect(blocker?.message).toContain("annotate --overwrite pkgrev catalog.blue.dns.one ");
    expect(blocker?.message).toContain(`confirm-history=${oid(7)}..${oid(1)}`);
  });

  it("name the tombstone that keeps other contents", () => {
    expect(tombstoneBlocker(aView({ tombstone: oid(9) }), tag)).toEqual({
      reason: "RefConflict",
      kind: "stalled",
      message: expect.stringContaining(`refs/tags/dns/deleted-v1 keeps the contents of that time (commit ${oid(9)})`),
    });
    expect(tombstoneBlocker(aView({ tombstone: oid(1) }), tag)).toBeUndefined();
  });
});
