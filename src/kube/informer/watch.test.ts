import { Readable } from "node:stream";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { KubeObject } from "../../api/meta.ts";
import { ApiError, ConnectionError, isExpired } from "../client/errors.ts";
import { isInitialEventsEnd, readWatch, type WatchEvent } from "./watch.ts";

const line = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;

async function read(body: Readable, silenceMs = 10_000) {
  const events: WatchEvent<KubeObject>[] = [];
  const error = await readWatch(body, silenceMs, (event) => void events.push(event)).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { events, error };
}

describe("readWatch", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("passes an event on when the one before has been handled", async () => {
    const text = ["a", "b"].map((name) => line("ADDED", { metadata: { name } })).join("");
    const { promise, resolve } = Promise.withResolvers<void>();
    const events: string[] = [];
    const reading = readWatch<KubeObject>(Readable.from([Buffer.from(text)]), 10_000, async ({ object }) => {
      events.push(object.metadata.name ?? "");
      await promise;
    });
    await vi.waitFor(() => expect(events).toEqual(["a"]));
    await new Promise(setImmediate);
    expect(events).toEqual(["a"]);
    resolve();
    await reading;
    expect(events).toEqual(["a", "b"]);
  });

  it("reads events until the server ends the watch", async () => {
    const text = line("ADDED", { metadata: { name: "a" } }) + line("BOOKMARK", { metadata: { resourceVersion: "9" } });
    const bytes = Buffer.from(text);
    const { events, error } = await read(Readable.from([bytes.subarray(0, 10), bytes.subarray(10)]));
    expect(error).toBeUndefined();
    expect(events.map(({ type }) => type)).toEqual(["ADDED", "BOOKMARK"]);
  });

  it("reads keys as they are, whatever another tenant's object before had in their place", async () => {
    const event = (key: string) =>
      line("ADDED", { metadata: {}, spec: { first: 1, [key]: 2 } }).replace("<", "\\u003c");
    const { events } = await read(Readable.from([Buffer.from(event("a\\") + event("a<"))]));
    const keys = events.map(({ object }) => Object.keys((object as KubeObject & { readonly spec: object }).spec));
    expect(keys).toEqual([
      ["first", "a\\"],
      ["first", "a<"],
    ]);
  });

  it("throws the Status of an ERROR event, after the preceding events", async () => {
    const status = { kind: "Status", code: 410, reason: "Expired", message: "too old resource version: 1 (5)" };
    const { events, error } = await read(
      Readable.from([Buffer.from(line("MODIFIED", { metadata: {} }) + line("ERROR", status))]),
    );
    expect(events).toHaveLength(1);
    expect(error).toBeInstanceOf(ApiError);
    expect(isExpired(error)).toBe(true);
  });

  it.each([
    ["<html>\n", "watch: a line that is no JSON"],
    [line("SURPRISE", {}), 'watch: an event of type "SURPRISE"'],
    ["{}\n", "watch: an event of type undefined"],
  ])("throws for a body that is no watch: %s", async (text, message) => {
    const { error } = await read(Readable.from([Buffer.from(text)]));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ message, timedOut: false });
  });

  it("throws when the connection is closed, and destroys the stream", async () => {
    const body = new Readable({ read: () => {} });
    const reading = read(body);
    body.destroy(Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" }));
    expect((await reading).error).toMatchObject({ name: "ConnectionError", message: "watch: other side closed" });
    expect(body.destroyed).toBe(true);
  });

  it("throws when the stream is silent for too long, not when it is slow", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const body = new Readable({ read: () => {} });
    const reading = read(body, 1_000);
    for (let beat = 0; beat < 10; beat++) {
      body.push(line("BOOKMARK", { metadata: {} }));
      await vi.advanceTimersByTimeAsync(900);
    }
    expect(body.destroyed).toBe(false);
    await vi.advanceTimersByTimeAsync(100);
    const { events, error } = await reading;
    expect(events).toHaveLength(10);
    expect(error).toMatchObject({ name: "ConnectionError", timedOut: true, message: "watch: silent for 1 s" });
    expect(body.destroyed).toBe(true);
  });

  it.each(["ADDED", "MODIFIED", "DELETED", "BOOKMARK"])("passes on %s events", async (type) => {
    const { events } = await read(Readable.from([Buffer.from(line(type, { metadata: { name: "a" } }))]));
    expect(events).toEqual([{ type, object: { metadata: { name: "a" } } }]);
  });

  it("destroys the stream when a handler throws", async () => {
    const body = Readable.from([Buffer.from(line("ADDED", { metadata: {} }))]);
    const failing = readWatch(body, 10_000, () => {
      throw new Error("handler");
    });
    await expect(failing).rejects.toThrow("handler");
    expect(body.destroyed).toBe(true);
  });
});

describe("isInitialEventsEnd", () => {
  it("is true only for the bookmark with the annotation", () => {
    const bookmark = (annotations?: Record<string, string>) => ({ metadata: { ...(annotations && { annotations }) } });
    expect(isInitialEventsEnd(bookmark({ "k8s.io/initial-events-end": "true" }))).toBe(true);
    expect(isInitialEventsEnd(bookmark({ "k8s.io/initial-events-end": "false" }))).toBe(false);
    expect(isInitialEventsEnd(bookmark({}))).toBe(false);
    expect(isInitialEventsEnd(bookmark())).toBe(false);
  });
});
