import { describe, expect, it } from "vitest";
import { ReleaseTurns } from "./release-turns.ts";

const KEY = "default/blue/spring";

describe("ReleaseTurns", () => {
  it("lets members go side by side, and releases apart", () => {
    const turns = new ReleaseTurns();
    expect([turns.enter(KEY, "a"), turns.enter(KEY, "b")]).toEqual(["shared", "shared"]);
    expect(turns.claim(KEY, "a")).toBe(true);
    expect(turns.enter("default/blue/autumn", "c")).toBe("shared");
  });

  it("gives a member that asked for it a turn without others, once they have ended", () => {
    const turns = new ReleaseTurns();
    turns.enter(KEY, "a");
    turns.enter(KEY, "b");
    turns.claim(KEY, "a");
    turns.leave(KEY, "a", "shared");
    expect([turns.enter(KEY, "a"), turns.enter(KEY, "c")]).toEqual(["wait", "wait"]);
    turns.leave(KEY, "b", "shared");
    expect([turns.enter(KEY, "a"), turns.enter(KEY, "b")]).toEqual(["exclusive", "wait"]);
    turns.leave(KEY, "a", "exclusive");
    expect([turns.enter(KEY, "a"), turns.enter(KEY, "b")]).toEqual(["shared", "shared"]);
  });

  it("gives it to one member only", () => {
    const turns = new ReleaseTurns();
    turns.enter(KEY, "a");
    turns.enter(KEY, "b");
    expect([turns.claim(KEY, "a"), turns.claim(KEY, "b"), turns.claim(KEY, "a")]).toEqual([true, false, true]);
    expect(turns.claim("default/blue/unknown", "a")).toBe(false);
  });

  it("does not keep others waiting for a member that comes no more, or in another release", () => {
    const turns = new ReleaseTurns();
    turns.enter(KEY, "a");
    turns.claim(KEY, "a");
    turns.leave(KEY, "a", "shared");
    turns.forget("a", KEY);
    expect(turns.enter(KEY, "b")).toBe("wait");
    turns.forget("a");
    expect(turns.enter(KEY, "b")).toBe("shared");
  });
});
