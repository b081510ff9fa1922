import { describe, expect, it } from "vitest";
import { EventChannel } from "./event-channel.ts";

describe("EventChannel", () => {
  it("passes each event to all subscribers, in their order", () => {
    const calls: string[] = [];
    const channel = new EventChannel<string>(() => {});
    const unsubscribe = channel.subscribe((event) => calls.push(`first ${event}`));
    channel.subscribe((event) => calls.push(`second ${event}`));
    channel.emit("a");
    unsubscribe();
    channel.emit("b");
    expect(calls).toEqual(["first a", "second a", "second b"]);
  });

  it("reports an error of a handler and calls the other handlers", () => {
    const errors: unknown[] = [];
    const calls: string[] = [];
    const channel = new EventChannel<string>((error) => errors.push(error));
    channel.subscribe(() => {
      throw new Error("broken");
    });
    channel.subscribe((event) => calls.push(event));
    channel.emit("a");
    expect([calls, errors]).toEqual([["a"], [new Error("broken")]]);
  });
});
