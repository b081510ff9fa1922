import { describe, expect, it } from "vitest";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { LABEL_RELEASE } from "../../api/v1alpha1/well-known.ts";
import type { ReleaseView } from "../revision/observation.ts";
import { aRepository, aRevision, aView, observed } from "../testing/observed.ts";
import { changesRelease, describeOpen, releaseBlocker, releaseChangedBlocker } from "./blockers.ts";
import { digestOfMembers } from "./members.ts";

interface Given {
  readonly folder?: string;
  readonly realm?: string;
  readonly approvedWith?: string;
  readonly isDraft?: boolean;
  readonly waitingFor?: readonly string[];
  readonly release?: string;
}

function member(name: string, given: Given = {}): PackageRevision {
  const { folder = name, realm, approvedWith, isDraft = false, waitingFor, release = "spring" } = given;
  const digest = `sha256:${name}`;
  const object = aRevision({
    labels: { [LABEL_RELEASE]: release },
    spec: {
      packageRevID: { repository: "blue", package: folder, workspace: "one", ...(realm !== undefined && { realm }) },
      lifecycle: approvedWith === undefined ? "proposed" : "published",
      ...(approvedWith !== undefined && { approval: { digest, by: "bob", release: approvedWith } }),
    },
    status: {
      lifecycle: isDraft ? "draft" : "proposed",
      ...(!isDraft && { proposal: { digest, commit: "c0ffee", at: "2025-01-01T00:00:00Z" } }),
      ...(waitingFor !== undefined && { waitingFor: [...waitingFor] }),
    },
  });
  return { ...object, metadata: { ...object.metadata, name } };
}

/** The blocker of the member of this name. */
function blockerOf(name: string, members: readonly PackageRevision[], more: Partial<ReleaseView> = {}, git = {}) {
  const object = members.find((one) => one.metadata.name === name) ?? member(name);
  const release = { name: "spring", members, count: members.length, isCurrent: true, ...more };
  const repository = aRepository({ git: { url: "https://git.example.com/blue", ...git } });
  return releaseBlocker({ ...observed(object, { repository }), release }, aView());
}

const approvedAll = (...names: readonly string[]) => {
  const digest = digestOfMembers(names.map((name) => member(name)));
  return names.map((name) => member(name, { approvedWith: digest }));
};

describe("releaseBlocker", () => {
  it("lets the first member by name publish what is approved as one, and the others wait for it", () => {
    const members = approvedAll("a", "b");
    expect(blockerOf("a", members)).toBeUndefined();
    expect(blockerOf("b", members)).toEqual({
      reason: "WaitingForRelease",
      kind: "waiting",
      message: "all 2 members of release spring are approved: they are published with a",
    });
  });

  it.each<[string, PackageRevision, string]>([
    ["is a draft", member("b", { isDraft: true }), "b is a draft"],
    ["is not approved", member("b"), "b is not approved"],
    ["is approved with other members", member("b", { approvedWith: "sha256:other" }), "b is not approved"],
  ])("waits for a member that %s", (_, other, state) => {
    const own = member("a", { approvedWith: digestOfMembers([member("a"), other]) });
    expect(blockerOf("a", [own, other])?.message).toBe(`waits for 1 of 2 members of release spring: ${state}`);
  });

  it("waits for what holds another member back, and not for what that waits for itself", () => {
    const [a, b, c] = approvedAll("a", "b", "c");
    const waiting = (one: PackageRevision | undefined, ...waitingFor: readonly string[]): PackageRevision[] =>
      one === undefined
        ? []
        : [{ ...one, status: { observedGeneration: 1, ...one.status, waitingFor: [...waitingFor] } }];
    const held = [...waiting(a), ...waiting(b, "OutdatedBase"), ...waiting(c, "WaitingForRelease")];
    expect(blockerOf("a", held)?.message).toBe(
      "waits for 1 of 3 members of release spring: b is held back (OutdatedBase)",
    );
    const others = [...waiting(a, "PushRejected"), ...waiting(b, "WaitingForRelease"), ...waiting(c)];
    expect(blockerOf("a", others)).toBeUndefined();
  });

  it("waits while the members are older than the object", () => {
    expect(blockerOf("a", approvedAll("a", "b"), { isCurrent: false })?.reason).toBe("WaitingForRelease");
  });

  it.each<[string, readonly PackageRevision[]]>([
    ["of one package", [member("a"), member("b", { folder: "a" })]],
    ["of a package below another", [member("a"), member("b"), member("c", { folder: "x", realm: "a" })]],
  ])("refuses members %s", (_, members) => {
    expect(blockerOf("a", members)).toMatchObject({ reason: "ReleaseConflict", kind: "stalled" });
  });

  it.each<[string, number, object, string]>([
    ["than git takes in one push", 101, {}, "at most 100 are published in one push:"],
    [
      "than the host takes in one push",
      3,
      { push: { maxTags: 2 } },
      "at most 2 are published in one push (spec.git.push.maxTags of the Repository)",
    ],
  ])("refuses more members %s", (_, count, git, message) => {
    const blocker = blockerOf("a", count > 100 ? [] : approvedAll("a", "b", "c"), { count }, git);
    expect(blocker).toMatchObject({ reason: "ReleaseTooLarge", kind: "stalled" });
    expect(blocker?.message).toContain(message);
  });
});

describe("describeOpen", () => {
  it("names five members at most", () => {
    const open = [1, 2, 3, 4, 5, 6, 7].map((index) => ({ name: `m${index}`, state: "is a draft" }));
    const release = { name: "spring", members: approvedAll("a", "b"), count: 2, isCurrent: true };
    expect(describeOpen(release, open)).toMatch(/m5 is a draft, and 2 more$/);
  });
});

describe("releaseChangedBlocker", () => {
  const changed = (object: PackageRevision, members: readonly PackageRevision[], isCurrent = true) =>
    releaseChangedBlocker({
      ...observed(object),
      release: { name: "spring", members, count: members.length, isCurrent },
    })?.reason;

  it("is for an approval of other members, or other contents, and for one without a release", () => {
    const members = approvedAll("a", "b");
    const [own = member("a")] = members;
    expect(changed(own, members)).toBeUndefined();
    expect(changed(own, [...members, member("c")])).toBe("ReleaseChanged");
    expect(changed(own, [own])).toBe("ReleaseChanged");
    // A draft is no part of what was approved.
    expect(changed(own, [...members, member("c", { isDraft: true })])).toBeUndefined();
    const { release: _, ...approval } = own.spec.approval ?? { digest: "", by: "" };
    expect(changed({ ...own, spec: { ...own.spec, approval } }, members)).toBe("ReleaseChanged");
  });

  it("is for no proposal without an approval, and decides nothing on members that may be outdated", () => {
    const [own = member("a")] = approvedAll("a", "b");
    expect(changed(member("a"), [member("a"), member("b")])).toBeUndefined();
    expect(changed(own, [own], false)).toBeUndefined();
    expect(changed(own, [])).toBeUndefined();
  });
});

describe("changesRelease", () => {
  const [approved = member("a")] = approvedAll("a", "b");
  it.each<[string, PackageRevision | undefined, PackageRevision | undefined, boolean]>([
    ["a new member", member("a"), undefined, true],
    ["a member that is gone", undefined, member("a"), true],
    ["another release", member("a", { release: "autumn" }), member("a"), true],
    ["a proposal", member("a"), member("a", { isDraft: true }), true],
    ["an approval", approved, member("a"), true],
    ["a blocker", member("a", { waitingFor: ["OutdatedBase"] }), member("a"), true],
    ["the wait for others", member("a", { waitingFor: ["WaitingForRelease"] }), member("a"), false],
    ["a push that is retried", member("a", { waitingFor: ["PushRejected"] }), member("a"), false],
    ["no member", aRevision({ status: { lifecycle: "draft" } }), aRevision({}), false],
  ])("%s", (_, next, previous, expected) => expect(changesRelease(next, previous)).toBe(expected));
});
