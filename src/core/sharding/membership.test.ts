import { describe, expect, it } from "vitest";
import { isOwn, type Membership, nextShardView, ownerOf, planLeave, planReport } from "./membership.ts";

const NONE = new Set<string>();
const KEYS = Array.from({ length: 300 }, (_, index) => `https://git.example.com/team-${index}`);
const two: Membership = { epoch: 2, members: { a: 5, b: 1 }, draining: [] };

describe("membership", () => {
  it("lets the first replica start at once", () => {
    const first = planReport(undefined, { id: "a", settled: 0 }, NONE);
    expect(first).toEqual({ epoch: 1, members: { a: 1 }, draining: [] });
    expect(KEYS.every((key) => isOwn(nextShardView(undefined, first), "a", key))).toBe(true);
  });

  it("lets a new replica start after the others have released its shards", () => {
    const alone = planReport(undefined, { id: "a", settled: 0 }, NONE);
    const joined = planReport(alone, { id: "b", settled: 0 }, NONE);
    expect(joined).toEqual({ epoch: 2, members: { a: 1, b: 1 }, draining: ["a"] });
    expect(
      isOwn(nextShardView(undefined, joined), "b", KEYS.find((key) => ownerOf(["a", "b"], key) === "b") ?? ""),
    ).toBe(false);

    const before = nextShardView(undefined, alone);
    const kept = KEYS.filter((key) => isOwn(nextShardView(before, joined), "a", key));
    expect(kept).toEqual(KEYS.filter((key) => ownerOf(["a", "b"], key) === "a"));

    expect(planReport(joined, { id: "a", settled: 1 }, NONE).draining).toEqual(["a"]);
    const settled = planReport(joined, { id: "a", settled: 2 }, NONE);
    expect(settled).toEqual({ epoch: 2, members: { a: 2, b: 1 }, draining: [] });
    expect(KEYS.filter((key) => isOwn(nextShardView(undefined, settled), "b", key))).toEqual(
      KEYS.filter((key) => !kept.includes(key)),
    );
  });

  it("gives the shards of a silent replica to the others at once", () => {
    expect(planReport(two, { id: "b", settled: 2 }, new Set(["a"]))).toEqual({
      epoch: 3,
      members: { b: 2 },
      draining: [],
    });
  });

  it("does not wait for a silent replica to drain", () => {
    const joined = planReport(two, { id: "c", settled: 0 }, NONE);
    expect(joined.draining).toEqual(["a", "b"]);
    expect(planReport(joined, { id: "c", settled: 0 }, new Set(["b"]))).toMatchObject({ epoch: 4, draining: ["a"] });
  });

  it("keeps a replica that reports again after it was silent", () => {
    const reports = { epoch: 2, members: { a: 6, b: 1 }, draining: [] };
    expect(planReport(two, { id: "a", settled: 2 }, new Set(["a"]))).toEqual(reports);
  });

  it("waits for each draining replica until that one has settled or left", () => {
    const draining: Membership = { ...two, draining: ["a", "b"] };
    expect(planReport(draining, { id: "a", settled: 2 }, NONE).draining).toEqual(["b"]);
    expect(planLeave(draining, "a").draining).toEqual(["b"]);
  });

  it("gives a replica no shard before it has read the membership", () => {
    expect(isOwn(undefined, "a", "x")).toBe(false);
  });

  it("removes a replica that leaves", () => {
    expect(planLeave({ ...two, draining: ["a"] }, "a")).toEqual({ epoch: 3, members: { b: 1 }, draining: [] });
  });

  it("moves only the keys of a replica that leaves, and distributes evenly", () => {
    const owners = (members: readonly string[]) => KEYS.map((key) => ownerOf(members, key));
    const three = owners(["a", "b", "c"]);
    for (const id of ["a", "b", "c"]) expect(three.filter((owner) => owner === id).length).toBeGreaterThan(60);
    expect(owners(["a", "c"]).filter((owner, index) => owner !== three[index])).toHaveLength(
      three.filter((owner) => owner === "b").length,
    );
    expect(owners(["c", "b", "a"])).toEqual(three);
    expect(ownerOf([], "x")).toBeUndefined();
  });
});
