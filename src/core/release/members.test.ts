import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { LABEL_RELEASE } from "../../api/v1alpha1/well-known.ts";
import { aRevision } from "../testing/observed.ts";
import { digestOfMembers, type ReleasedProposal, releaseDigest, releaseKey, releaseStatus } from "./members.ts";

const proposal = (digest: string) => ({ digest, commit: "c0ffee", at: "2025-01-01T00:00:00Z" });
const inSpring = (more: Parameters<typeof aRevision>[0] = {}) =>
  aRevision({ labels: { [LABEL_RELEASE]: "spring" }, ...more });

describe("releaseKey", () => {
  it.each<[string, PackageRevision, string | undefined]>([
    ["a draft", inSpring({ status: { lifecycle: "draft" } }), "default/blue/spring"],
    ["an object that has not begun", inSpring(), "default/blue/spring"],
    ["a proposal", inSpring({ status: { lifecycle: "proposed" } }), "default/blue/spring"],
    ["a published revision", inSpring({ status: { lifecycle: "published" } }), undefined],
    ["one that is to be deleted", inSpring({ status: { lifecycle: "deletionProposed" } }), undefined],
    ["one that was discovered as published", inSpring({ spec: { lifecycle: "published" } }), undefined],
    ["one that is being deleted", inSpring({ status: { lifecycle: "draft" }, deleted: true }), undefined],
    ["one without the label", aRevision({ status: { lifecycle: "draft" } }), undefined],
    ["one with an empty label", aRevision({ labels: { [LABEL_RELEASE]: "" } }), undefined],
  ])("of %s", (_, object, key) => expect(releaseKey(object)).toBe(key));
});

const name = fc.stringMatching(/^[a-c]{1,2}$/);
const member: fc.Arbitrary<ReleasedProposal> = fc.record({
  location: fc.record({ target: name, realm: name, package: name }, { requiredKeys: ["package"] }),
  workspace: name,
  digest: name,
});
const members = fc.uniqueArray(member, {
  maxLength: 6,
  selector: ({ location: { target, realm, package: folder }, workspace }) =>
    JSON.stringify([target ?? "catalog", realm ?? "", folder, workspace]),
});

describe("releaseDigest", () => {
  it("is the same in any order", () => {
    fc.assert(
      fc.property(members, fc.nat(5), (all, at) => {
        expect(releaseDigest([...all.slice(at), ...all.slice(0, at)])).toBe(releaseDigest(all));
      }),
    );
  });

  it("is another one with a member more, less, or other contents", () => {
    fc.assert(
      fc.property(members, fc.nat(5), (all, index) => {
        const one = all[index];
        if (one === undefined) return;
        const others = all.filter((other) => other !== one);
        const digests = [all, others, [...others, { ...one, digest: `${one.digest} again` }]].map(releaseDigest);
        expect(new Set(digests).size).toBe(3);
      }),
    );
  });

  it("does not tell a catalog by its target from one without", () => {
    const [workspace, digest] = ["one", "sha256:1"];
    const of = (target?: string) => ({ location: { package: "dns", ...(target && { target }) }, workspace, digest });
    expect(releaseDigest([of()])).toBe(releaseDigest([of("catalog")]));
  });
});

describe("releaseStatus", () => {
  it("counts proposals, and no drafts", () => {
    const draft = inSpring({ status: { lifecycle: "draft" } });
    const proposed = inSpring({ status: { lifecycle: "proposed", proposal: proposal("sha256:1") } });
    const status = releaseStatus({ name: "spring", members: [draft, proposed], count: 2, isCurrent: true });
    expect(status).toEqual({ digest: digestOfMembers([proposed]), members: 1 });
  });

  it("is none of a release that is too large", () => {
    expect(releaseStatus({ name: "spring", members: [], count: 101, isCurrent: true })).toBeUndefined();
  });
});
