import { Readable } from "node:stream";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { KubeObject } from "../../api/meta.ts";
import { ApiError, ConnectionError, isExpired } from "../client/errors.ts";
import { readWatch, type WatchEvent } from "./watch.ts";

const line = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;

async function read(body: Readable, silenceMs = 10_000) {
  const seen: WatchEvent<KubeObject>[] = [];
  const error = await readWatch(body, silenceMs, (event) => seen.push(event)).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { seen, error };
}

describe("kube/watch", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("reads events until the end", async () => {
    const text = line("ADDED", { metadata: { name: "a" } }) + line("BOOKMARK", { metadata: { resourceVersion: "9" } });
    const bytes = Buffer.from(text);
    const { seen, error } = await read(Readable.from([bytes.subarray(0, 10), bytes.subarray(10)]));
    expect(error).toBeUndefined();
    expect(seen.map(({ type }) => type)).toEqual(["ADDED", "BOOKMARK"]);
  });

  it("throws the Status of an ERROR event, after the events before it", async () => {
    const status = { kind: "Status", code: 410, reason: "Expired", message: "too old resource version: 1 (5)" };
    const { seen, error } = await read(
      Readable.from([Buffer.from(line("MODIFIED", { metadata: {} }) + line("ERROR", status))]),
    );
    expect(seen).toHaveLength(1);
    expect(error).toBeInstanceOf(ApiError);
    expect(isExpired(error)).toBe(true);
  });

  it.each([["<html>\n"], [line("SURPRISE", {})]])("throws at what is no watch: %s", async (text) => {
    const { error } = await read(Readable.from([Buffer.from(text)]));
    expect(error).toBeInstanceOf(ConnectionError);
  });

  it("throws when the stream breaks, and ends it", async () => {
    const body = new Readable({ read: () => {} });
    const reading = read(body);
    body.destroy(new Error("other side closed"));
    expect((await reading).error).toMatchObject({ name: "ConnectionError", message: "watch: other side closed" });
    expect(body.destroyed).toBe(true);
  });

  it("gives up a stream that is silent for too long, not one that is slow", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const body = new Readable({ read: () => {} });
    const reading = read(body, 1_000);
    for (let beat = 0; beat < 10; beat++) {
      body.push(line("BOOKMARK", { metadata: {} }));
      await vi.advanceTimersByTimeAsync(900);
    }
    expect(body.destroyed).toBe(false);
    await vi.advanceTimersByTimeAsync(100);
    const { seen, error } = await reading;
    expect(seen).toHaveLength(10);
    expect(error).toMatchObject({ name: "ConnectionError", timedOut: true });
    expect(body.destroyed).toBe(true);
  });
});
