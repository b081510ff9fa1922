import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Debouncer } from "./debouncer.ts";

describe("Debouncer", () => {
  const quiet: string[] = [];
  const debouncer = () => new Debouncer({ afterMs: 10, maxMs: 25, onQuiet: (key) => quiet.push(key) });

  beforeEach(() => {
    vi.useFakeTimers();
    quiet.length = 0;
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("calls once, after the last of several changes", () => {
    const changes = debouncer();
    changes.touch("a");
    vi.advanceTimersByTime(9);
    changes.touch("a");
    vi.advanceTimersByTime(9);
    expect(quiet).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(quiet).toEqual(["a"]);
    vi.advanceTimersByTime(100);
    expect(quiet).toEqual(["a"]);
  });

  it("calls at the latest after the maximum while changes go on, and then starts anew", () => {
    const changes = debouncer();
    for (let at = 0; at < 40; at += 5) {
      changes.touch("a");
      vi.advanceTimersByTime(5);
    }
    expect(quiet).toEqual(["a"]);
    vi.advanceTimersByTime(10);
    expect(quiet).toEqual(["a", "a"]);
  });

  it("tells keys apart", () => {
    const changes = debouncer();
    changes.touch("a");
    vi.advanceTimersByTime(5);
    changes.touch("b");
    vi.advanceTimersByTime(5);
    expect(quiet).toEqual(["a"]);
    vi.advanceTimersByTime(5);
    expect(quiet).toEqual(["a", "b"]);
  });
});
