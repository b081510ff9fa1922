import { PassThrough } from "node:stream";
import { it as base, describe, expect, vi } from "vitest";
import type { KubeObject, Resource } from "../../api/meta.ts";
import { ApiError, ConnectionError } from "../client/errors.ts";
import type { WatchOptions } from "../client/options.ts";
import type { Clock } from "../clock.ts";
import { Reflector } from "./reflector.ts";

const things: Resource = { group: "", version: "v1", plural: "things", kind: "Thing", namespaced: true };
const END = { "k8s.io/initial-events-end": "true" };

const apiError = (code: number) => new ApiError({ code, reason: "", message: "" });
const thing = (name: string, resourceVersion: string): KubeObject => ({ metadata: { name, resourceVersion } });

/** An open watch of the reflector. */
class FakeWatch {
  readonly body = new PassThrough();
  readonly options: WatchOptions;

  constructor(options: WatchOptions) {
    this.options = options;
    options.signal?.addEventListener("abort", () => this.body.destroy(new Error("aborted")));
  }

  send(type: string, object: object): void {
    this.body.write(`${JSON.stringify({ type, object })}\n`);
  }

  endList(resourceVersion: string): void {
    this.send("BOOKMARK", { metadata: { resourceVersion, annotations: END } });
  }
}

/** A reflector on a fake API server and a fake clock, whose sleeps end when the test ends them. */
const it = base.extend("rejectsStreaming", false).extend("reflector", ({ rejectsStreaming, onTestFinished }) => {
  const watches: FakeWatch[] = [];
  const events: string[] = [];
  const errors: unknown[] = [];
  const delays: number[] = [];
  /** Errors of the next requests to open a watch. */
  const failures: Error[] = [];
  const state = { now: 0, random: 1, listApplied: Promise.resolve() };
  let wake = () => {};
  const clock: Clock = {
    now: () => state.now,
    date: () => new Date(state.now),
    sleep: async (ms) => {
      delays.push(ms);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    },
  };
  const lists = vi.fn(async () => ({ items: [thing("listed", "7")], resourceVersion: "7" }));
  const client = {
    list: lists as never,
    watch: async (_: Resource, options: WatchOptions = {}) => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      if (options.sendInitialEvents && rejectsStreaming) throw apiError(422);
      const watch = new FakeWatch(options);
      watches.push(watch);
      return watch.body;
    },
  };
  const reflector = new Reflector<KubeObject>({
    client,
    resource: things,
    scope: { namespace: "ns" },
    clock,
    random: () => state.random,
    silenceMs: 60_000,
    transform: (object) => object,
    onList: async (objects) => {
      events.push(`list ${[...objects].map(({ metadata }) => metadata.name).join(",")}`);
      await state.listApplied;
    },
    onSet: ({ metadata }) => events.push(`set ${metadata.name}`),
    onDelete: (key) => events.push(`delete ${key}`),
    onError: (error) => errors.push(error),
  });
  const stop = new AbortController();
  const running = reflector.run(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    wake();
    await running;
  });
  /** Waits for the nth watch. */
  const watch = async (count: number) =>
    await vi.waitFor(() => watches[count - 1] ?? expect.fail(`fewer than ${count} watches`));
  /** Waits for the nth delay, and returns it in milliseconds. */
  const delay = async (count: number) => {
    await vi.waitFor(() => expect(delays).toHaveLength(count));
    return delays[count - 1];
  };
  const endDelay = async (count: number) => {
    await delay(count);
    wake();
  };
  return { reflector, running, stop, delays, state, failures, events, errors, lists, watch, delay, endDelay };
});

describe("Reflector", () => {
  it("collects a streaming list, then passes on each event", async ({ reflector: { watch, events, lists } }) => {
    const first = await watch(1);
    expect(first.options).toMatchObject({ namespace: "ns", sendInitialEvents: true });
    expect(first.options).not.toHaveProperty("resourceVersion");
    first.send("ADDED", thing("a", "1"));
    first.send("ADDED", thing("b", "2"));
    first.send("MODIFIED", thing("c", "3"));
    first.send("DELETED", thing("b", "4"));
    first.send("BOOKMARK", { metadata: { resourceVersion: "4" } });
    expect(events).toEqual([]);
    first.endList("5");
    first.send("MODIFIED", thing("a", "6"));
    first.send("DELETED", thing("c", "7"));
    first.send("ADDED", thing("d", "8"));
    await vi.waitFor(() => expect(events).toEqual(["list a,c", "set a", "delete c", "set d"]));
    expect(lists).not.toHaveBeenCalled();
  });

  it("passes on no event before the list has been applied", async ({ reflector: { state, watch, events } }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    state.listApplied = promise;
    const first = await watch(1);
    first.send("ADDED", thing("a", "1"));
    first.endList("5");
    first.send("MODIFIED", thing("a", "6"));
    await vi.waitFor(() => expect(events).toEqual(["list a"]));
    await new Promise(setImmediate);
    expect(events).toEqual(["list a"]);
    resolve();
    await vi.waitFor(() => expect(events).toEqual(["list a", "set a"]));
  });

  it("resumes from the version of the last event or bookmark", async ({ reflector: { watch, endDelay, events } }) => {
    const first = await watch(1);
    first.endList("5");
    first.send("BOOKMARK", { metadata: { resourceVersion: "9" } });
    first.body.end();
    await endDelay(1);
    const second = await watch(2);
    expect(second.options).toMatchObject({ resourceVersion: "9" });
    second.send("ADDED", thing("a", "11"));
    await vi.waitFor(() => expect(events).toEqual(["list ", "set a"]));
    second.body.end();
    await endDelay(2);
    expect((await watch(3)).options).toMatchObject({ resourceVersion: "11" });
  });

  it("opens watches for a random time of 5 to 10 minutes", async ({ reflector: { state, watch, endDelay } }) => {
    const first = await watch(1);
    expect(first.options.timeoutSeconds).toBe(600);
    first.endList("5");
    first.body.end();
    state.random = 0;
    await endDelay(1);
    expect((await watch(2)).options.timeoutSeconds).toBe(300);
  });

  it.for([
    ["410", apiError(410)],
    ["500", apiError(500)],
    ["503", apiError(503)],
    ["no connection", new ConnectionError("refused")],
    ["no response", new ConnectionError("late", { timedOut: true })],
  ] as const)("lists again after %s, since the server may have been restored", async ([, failure], { reflector }) => {
    const { failures, watch, endDelay } = reflector;
    const first = await watch(1);
    first.endList("5");
    failures.push(failure);
    first.body.end();
    await endDelay(1);
    await endDelay(2);
    expect((await watch(2)).options).toMatchObject({ sendInitialEvents: true });
  });

  it.for([
    ["403", apiError(403)],
    ["429", apiError(429)],
  ] as const)("resumes after %s", async ([, failure], { reflector: { failures, watch, endDelay } }) => {
    const first = await watch(1);
    first.endList("5");
    failures.push(failure);
    first.body.end();
    await endDelay(1);
    await endDelay(2);
    expect((await watch(2)).options).toMatchObject({ resourceVersion: "5" });
  });

  it.for([
    ["403", apiError(403)],
    ["429", apiError(429)],
  ] as const)(
    "lists again after a connection that was closed, and %s: the server has restarted",
    async ([, failure], { reflector: { failures, watch, endDelay } }) => {
      const first = await watch(1);
      first.endList("5");
      await vi.waitFor(() => expect(first.body.readableLength).toBe(0));
      failures.push(failure);
      first.body.destroy(Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" }));
      await endDelay(1);
      await endDelay(2);
      expect((await watch(2)).options).toMatchObject({ sendInitialEvents: true });
    },
  );

  it("resumes after a connection that was closed during the watch", async ({
    reflector: { watch, endDelay, errors },
  }) => {
    const first = await watch(1);
    first.endList("5");
    await vi.waitFor(() => expect(first.body.readableLength).toBe(0));
    first.body.destroy(Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" }));
    await endDelay(1);
    expect((await watch(2)).options).toMatchObject({ resourceVersion: "5" });
    expect(errors).toMatchObject([{ message: "watch: other side closed" }]);
  });

  it("lists again after a watch that was silent for too long", async ({ reflector: { watch, endDelay, events } }) => {
    const first = await watch(1);
    first.endList("5");
    await vi.waitFor(() => expect(events).toEqual(["list "]));
    first.body.destroy(new ConnectionError("watch: silent", { timedOut: true }));
    await endDelay(1);
    expect((await watch(2)).options).toMatchObject({ sendInitialEvents: true });
  });

  it("delays retries for 0.4 s, doubled with each failure up to 10 s", async ({
    reflector: { failures, watch, delay, endDelay },
  }) => {
    const first = await watch(1);
    failures.push(...Array.from({ length: 7 }, () => apiError(403)));
    first.body.end();
    const delays: unknown[] = [];
    for (let failure = 1; failure <= 8; failure++) {
      delays.push(await delay(failure));
      await endDelay(failure);
    }
    expect(delays).toEqual([400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000]);
  });

  it("halves a delay at most, at random", async ({ reflector: { state, watch, delay } }) => {
    state.random = 0;
    (await watch(1)).body.end();
    expect(await delay(1)).toBe(200);
  });

  it("resets the delay after a watch of five seconds, not after a shorter one", async ({
    reflector: { state, watch, delay, endDelay, events },
  }) => {
    const first = await watch(1);
    first.endList("5");
    await vi.waitFor(() => expect(events).toEqual(["list "]));
    state.now += 4_999;
    first.body.end();
    expect(await delay(1)).toBe(400);
    await endDelay(1);
    const second = await watch(2);
    state.now += 5_000;
    second.body.end();
    expect(await delay(2)).toBe(200);
  });

  it("reports for how long it has been disconnected, 0 while the watch is open", async ({
    reflector: { reflector, state, failures, watch, delay, endDelay, events },
  }) => {
    const first = await watch(1);
    state.now += 1_000;
    expect(reflector.disconnectedMs).toBe(1_000);
    first.endList("5");
    await vi.waitFor(() => expect(events).toEqual(["list "]));
    state.now += 1_000;
    expect(reflector.disconnectedMs).toBe(0);
    failures.push(apiError(403), apiError(403));
    first.body.end();
    await endDelay(1);
    await delay(2);
    state.now += 500;
    await endDelay(2);
    await delay(3);
    state.now += 500;
    expect(reflector.disconnectedMs).toBe(1_000);
  });

  it("ends its watch when it is stopped, without an error or a delay", async ({
    reflector: { running, stop, watch, errors, delays },
  }) => {
    const { body } = await watch(1);
    stop.abort();
    await running;
    expect([body.destroyed, errors, delays]).toEqual([true, [], []]);
  });
});

describe("Reflector on a server without streaming lists", () => {
  it.override("rejectsStreaming", true);

  it("lists in pages, and requests no other streaming list", async ({
    reflector: { watch, endDelay, lists, events },
  }) => {
    const first = await watch(1);
    expect(first.options).toMatchObject({ resourceVersion: "7" });
    expect(events).toEqual(["list listed"]);
    first.send("ERROR", { kind: "Status", code: 410 });
    await endDelay(1);
    await watch(2);
    expect(lists).toHaveBeenCalledTimes(2);
  });
});
