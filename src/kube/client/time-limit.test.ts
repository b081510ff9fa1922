import { getEventListeners } from "node:events";
import { it as base, describe, expect, vi } from "vitest";
import { limitTime } from "./time-limit.ts";

const it = base.extend("stopping", ({ onTestFinished }) => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  return new AbortController();
});

describe("limitTime", () => {
  it("aborts at the limit, with an error that names the request", ({ stopping }) => {
    const { signal } = limitTime("GET /x", 1_500, stopping.signal);
    vi.advanceTimersByTime(1_499);
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    const message = "GET /x: no answer within 1.5 s";
    expect(signal.reason).toMatchObject({ name: "ConnectionError", timedOut: true, message });
  });

  it("aborts with the reason of the caller, also if that was aborted before", ({ stopping }) => {
    const { signal } = limitTime("GET /x", 1_000, stopping.signal);
    stopping.abort("stopping");
    expect([signal.reason, limitTime("GET /x", 1_000, stopping.signal).signal.reason]).toEqual([
      "stopping",
      "stopping",
    ]);
  });

  it("has no limit after stopTimer, but still follows the caller", ({ stopping }) => {
    const { signal, stopTimer } = limitTime("GET /x", 1_000, stopping.signal);
    stopTimer();
    vi.advanceTimersByTime(2_000);
    expect(signal.aborted).toBe(false);
    stopping.abort("stopping");
    expect(signal.reason).toBe("stopping");
  });

  it("leaves neither a timer nor a listener after clear", ({ stopping }) => {
    const { signal, clear } = limitTime("GET /x", 1_000, stopping.signal);
    expect(getEventListeners(stopping.signal, "abort")).toHaveLength(1);
    clear();
    expect([vi.getTimerCount(), getEventListeners(stopping.signal, "abort")]).toEqual([0, []]);
    stopping.abort();
    expect(signal.aborted).toBe(false);
  });

  it("needs no signal", ({ stopping: _ }) => {
    const { signal, clear } = limitTime("GET /x", 1_000, undefined);
    vi.advanceTimersByTime(1_000);
    expect(signal.aborted).toBe(true);
    clear();
  });
});
