import { it as base, describe, expect, vi } from "vitest";
import { DelayedKeys } from "./delayed-keys.ts";

const it = base.extend("delayed", ({ onTestFinished }) => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const due: string[] = [];
  const keys = new DelayedKeys({
    now: () => performance.now(),
    onDue: (key, priority) => due.push(`${key} ${priority}`),
  });
  return { keys, due };
});

describe("DelayedKeys", () => {
  it("reports a key when its delay is over, once", ({ delayed: { keys, due } }) => {
    keys.schedule("a", 100, "low");
    vi.advanceTimersByTime(99);
    expect(due).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(due).toEqual(["a low"]);
    vi.advanceTimersByTime(10_000);
    expect(due).toHaveLength(1);
  });

  it("keeps the earliest of several delays, and the highest priority", ({ delayed: { keys, due } }) => {
    keys.schedule("a", 1_000, "low");
    keys.schedule("a", 100, "high");
    keys.schedule("a", 5_000, "low");
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(99);
    expect(due).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(due).toEqual(["a high"]);
  });

  it("raises the priority though the delay remains", ({ delayed: { keys, due } }) => {
    keys.schedule("a", 100, "low");
    keys.schedule("a", 1_000, "high");
    vi.advanceTimersByTime(100);
    expect(due).toEqual(["a high"]);
  });

  it.for(["is due", "was canceled", "was cleared"])(
    "forgets a delay and its priority when the key %s",
    (end, { delayed: { keys, due } }) => {
      keys.schedule("a", 10, "high");
      if (end === "was canceled") keys.cancel("a");
      else if (end === "was cleared") keys.clear();
      else vi.advanceTimersByTime(10);
      due.length = 0;
      keys.schedule("a", 100, "low");
      vi.advanceTimersByTime(99);
      expect(due).toEqual([]);
      vi.advanceTimersByTime(1);
      expect(due).toEqual(["a low"]);
    },
  );

  it("waits longer than setTimeout can", ({ delayed: { keys, due } }) => {
    const ms = 60 * 24 * 3_600_000;
    keys.schedule("a", ms, "high");
    vi.advanceTimersByTime(ms - 1);
    expect(due).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(due).toEqual(["a high"]);
  });

  it("does not report canceled and cleared keys", ({ delayed: { keys, due } }) => {
    for (const key of ["a", "b", "c"]) keys.schedule(key, 10, "high");
    keys.cancel("a");
    keys.cancel("unknown");
    vi.advanceTimersByTime(10);
    expect(due).toEqual(["b high", "c high"]);
    keys.schedule("d", 10, "high");
    keys.clear();
    vi.advanceTimersByTime(10);
    expect([due.length, vi.getTimerCount()]).toEqual([2, 0]);
  });

  it("reports a key whose timer fires a fraction of a millisecond early", () => {
    vi.useFakeTimers();
    let now = 0.5;
    const due: string[] = [];
    const keys = new DelayedKeys({ now: () => now, onDue: (key) => due.push(key) });
    keys.schedule("a", 100, "high");
    now = 99.5;
    vi.advanceTimersByTime(100);
    expect(due).toEqual(["a"]);
    vi.useRealTimers();
  });
});
