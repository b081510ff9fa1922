import { describe, expect, it } from "vitest";
import { AcknowledgedPushes, MAX_READ_LAG_MS } from "./acknowledged-pushes.ts";

const [MAIN, DRAFT, TAG] = ["refs/heads/main", "refs/heads/web/one", "refs/tags/web/v1"];

const read = (refs: Readonly<Record<string, string>>) => new Map(Object.entries(refs));
const olderIn = (pushes: AcknowledgedPushes, refs: Readonly<Record<string, string>>, now = 0) =>
  Object.fromEntries(pushes.findOlder(read(refs), now));

/** A draft is created, edited and published. */
function lifecycle(): AcknowledgedPushes {
  const pushes = new AcknowledgedPushes();
  pushes.record([{ ref: DRAFT, from: null, to: "d1" }], 0);
  pushes.record([{ ref: DRAFT, from: "d1", to: "d2" }], 0);
  pushes.record(
    [
      { ref: MAIN, from: "m1", to: "m2" },
      { ref: TAG, from: null, to: "t1" },
      { ref: DRAFT, from: "d2", to: null },
    ],
    0,
  );
  return pushes;
}

describe("AcknowledgedPushes", () => {
  it("finds nothing in a read that has all pushes, and in one without any push", () => {
    expect(olderIn(lifecycle(), { [MAIN]: "m2", [TAG]: "t1" })).toEqual({});
    expect(olderIn(new AcknowledgedPushes(), { [MAIN]: "m1" })).toEqual({});
  });

  it("finds the state before each of the pushes, whatever else is in the read", () => {
    const latest = { [MAIN]: "m2", [TAG]: "t1", [DRAFT]: null };
    const other = { "refs/heads/other": "x" };
    expect(olderIn(lifecycle(), { ...other, [MAIN]: "m1", [DRAFT]: "d2" })).toEqual(latest);
    expect(olderIn(lifecycle(), { ...other, [MAIN]: "m1", [DRAFT]: "d1" })).toEqual(latest);
    // The draft is absent in the end as well.
    expect(olderIn(lifecycle(), { ...other, [MAIN]: "m1" })).toEqual({ [MAIN]: "m2", [TAG]: "t1" });
  });

  it.for([
    ["a tag that was deleted", { [MAIN]: "m2" }],
    ["a main that was set back", { [MAIN]: "m1", [TAG]: "t1" }],
    ["a draft's branch that was restored", { [MAIN]: "m2", [TAG]: "t1", [DRAFT]: "d2" }],
    ["a main that moved on", { [MAIN]: "m3", [DRAFT]: "d2" }],
  ] as const)("does not take for an older read: %s", ([, refs]) => {
    expect(olderIn(lifecycle(), refs)).toEqual({});
  });

  it("remembers what another client has made of a pushed ref, and of no other", () => {
    const pushes = lifecycle();
    pushes.recordFetched([{ ref: MAIN, from: "m2", to: "m3" }], 0);
    expect(olderIn(pushes, { [MAIN]: "m2", [TAG]: "t1" })).toEqual({ [MAIN]: "m3" });
    expect(olderIn(pushes, { [MAIN]: "m1", [DRAFT]: "d2" })).toEqual({ [MAIN]: "m3", [TAG]: "t1", [DRAFT]: null });
    const others = new AcknowledgedPushes();
    others.recordFetched([{ ref: MAIN, from: "m2", to: "m3" }], 0);
    expect(olderIn(others, { [MAIN]: "m2" })).toEqual({});
  });

  it("forgets a push after a bounded time, and all of them when it is told", () => {
    const older = { [MAIN]: "m1", [DRAFT]: "d2" };
    expect(olderIn(lifecycle(), older, MAX_READ_LAG_MS)).not.toEqual({});
    expect(olderIn(lifecycle(), older, MAX_READ_LAG_MS + 1)).toEqual({});
    const pushes = lifecycle();
    pushes.forget();
    expect(olderIn(pushes, older)).toEqual({});
  });

  it("finds no difference where a later push has set a ref back itself", () => {
    const pushes = new AcknowledgedPushes();
    pushes.record([{ ref: DRAFT, from: "d1", to: "d2" }], 0);
    pushes.record([{ ref: DRAFT, from: "d2", to: "d1" }], 0);
    expect(olderIn(pushes, { [DRAFT]: "d1" })).toEqual({});
    expect(olderIn(pushes, { [DRAFT]: "d2" })).toEqual({ [DRAFT]: "d1" });
  });
});
