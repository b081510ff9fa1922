import { describe, expect, it } from "vitest";
import { aRevision } from "../../testing/observed.ts";
import { describeApprovals } from "./describe-approvals.ts";
import { givenApprovals, missingApprovals, recordApprovals } from "./given-approvals.ts";

const NET = ["net-owners"];
const bob = { by: "bob", digest: "d1" };
const carol = { by: "carol", digest: "d1", groups: NET };
const OWNERS = { rule: "edge", groups: NET, required: 1 };
const given = (spec: NonNullable<Parameters<typeof aRevision>[0]["spec"]>) => givenApprovals(aRevision({ spec }), "d1");

describe("givenApprovals", () => {
  it("has the approval that requests the publication first, then the further ones", () => {
    expect(given({})).toEqual([]);
    expect(given({ approval: bob, approvals: { carol: { digest: "d1", groups: NET } } })).toEqual([bob, carol]);
  });

  it("counts each user once, with all groups", () => {
    const approvals = { bob: { digest: "d1", groups: NET } };
    expect(given({ approval: { ...bob, groups: ["sec"] }, approvals })).toEqual([{ ...bob, groups: ["sec", ...NET] }]);
    const twoLines = { "bob\nx": { digest: "d1" }, "bob x": { digest: "d1" } };
    expect(given({ approvals: twoLines })).toHaveLength(1);
  });

  it("leaves out what was given for another digest, or without a name", () => {
    expect(given({ approval: { ...bob, digest: "d2" }, approvals: { eve: { digest: "d2" } } })).toEqual([]);
    expect(given({ approval: { digest: "d1" } as never, approvals: { "": { digest: "d1" } } })).toEqual([]);
  });
});

describe("givenApprovals of a member of a release", () => {
  it("has those that name the digest of the release as well", () => {
    const approvals = {
      carol: { digest: "d1", release: "r2" },
      dave: { digest: "d1" },
      erin: { digest: "d1", release: "r1" },
    };
    const object = aRevision({ spec: { approval: { ...bob, release: "r1" }, approvals } });
    expect(givenApprovals(object, "d1", "r1").map(({ by }) => by)).toEqual(["bob", "erin"]);
  });
});

describe("missingApprovals", () => {
  it("counts an approval for each requirement that asks for its user", () => {
    expect(missingApprovals([{ required: 2 }, OWNERS], [bob])).toEqual([
      { required: 2, missing: 1 },
      { ...OWNERS, missing: 1 },
    ]);
    expect(missingApprovals([{ required: 2 }, OWNERS], [bob, carol])).toEqual([]);
    expect(missingApprovals([{ ...OWNERS, required: 2 }], [bob, carol])).toMatchObject([{ missing: 1 }]);
  });
});

describe("describeApprovals", () => {
  it.each([
    [[{ required: 2 }], [bob], [], "1 of 2 approvals (bob); waits for 1 of: any approver"],
    [[{ required: 2 }], [], ["ann"], "0 of 2 approvals; waits for 2 of: any approver, other than ann"],
    [[OWNERS], [bob], [], "1 of 2 approvals (bob); waits for 1 of: group net-owners (rule edge)"],
    [
      [{ required: 3 }, OWNERS],
      [bob],
      [],
      "1 of 3 approvals (bob); waits for 2 of: any approver and 1 of: group net-owners (rule edge)",
    ],
    [[OWNERS], [carol], [], "1 of 1 approval (carol)"],
  ])("%j with %j: %s", (required, approvals, others, expected) => {
    expect(describeApprovals(required, approvals, others)).toBe(expected);
  });

  it("names the first of many who cannot approve", () => {
    const many = Array.from({ length: 30 }, (_, at) => `u${at}`);
    expect(describeApprovals([{ required: 2 }], [], many)).toMatch(/other than u0, .*, u9 and 20 more$/);
  });
});

describe("recordApprovals", () => {
  it("keeps known times, and leaves out groups that do not count", () => {
    const before = [{ ...bob, at: "then" }];
    const more = [bob, { ...carol, groups: ["staff", ...NET] }];
    expect(recordApprovals(more, [OWNERS], before, "now")).toEqual([
      { ...bob, at: "then" },
      { ...carol, at: "now" },
    ]);
    expect(recordApprovals([{ ...bob, digest: "d2" }], [], before, "now")).toMatchObject([{ at: "now" }]);
  });
});
