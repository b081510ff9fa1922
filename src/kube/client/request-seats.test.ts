import { describe, expect, it } from "vitest";
import { RequestSeats } from "./request-seats.ts";

const CONNECTIONS = 4;
const pathOf = (namespace: string) => `/apis/pkg.pkgserver.dev/v1alpha1/namespaces/${namespace}/packagerevisions/a`;
const never = new AbortController().signal;

/** Requests that run until they are told to end, by their names in the order in which they began. */
function createRequests(seats: RequestSeats) {
  const running = new Map<string, () => void>();
  const start = (name: string, path: string, signal = never) =>
    seats.run(path, signal, async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      running.set(name, resolve);
      await promise;
      running.delete(name);
    });
  return { running, start };
}

const settle = async () => await new Promise((resolve) => setImmediate(resolve));

describe("RequestSeats", () => {
  it("leaves connections to a namespace beside one with many requests", async () => {
    const { running, start } = createRequests(new RequestSeats(CONNECTIONS));
    const many = Array.from({ length: 100 }, (_, at) => start(`many-${at}`, pathOf("many")));
    await settle();
    expect([...running.keys()]).toEqual(["many-0", "many-1"]);
    const one = start("one", pathOf("one"));
    const cluster = start("cluster", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/x");
    await settle();
    expect([...running.keys()]).toEqual(["many-0", "many-1", "one", "cluster"]);
    const all = Promise.all([...many, one, cluster]);
    while (running.size > 0) {
      for (const end of running.values()) end();
      await settle();
    }
    await all;
  });

  it("lets a request that waits be aborted, and gives its seat to the next", async () => {
    const { running, start } = createRequests(new RequestSeats(1));
    const abort = new AbortController();
    const first = start("first", pathOf("a"));
    const second = start("second", pathOf("a"), abort.signal);
    const third = start("third", pathOf("a"));
    abort.abort(new Error("too late"));
    await expect(second).rejects.toThrow("too late");
    running.get("first")?.();
    await first;
    await settle();
    expect([...running.keys()]).toEqual(["third"]);
    running.get("third")?.();
    await third;
  });

  it("throws the reason of a signal that is aborted already, and frees its seat after an error", async () => {
    const seats = new RequestSeats(1);
    const { running, start } = createRequests(seats);
    await expect(seats.run(pathOf("a"), never, () => Promise.reject(new Error("refused")))).rejects.toThrow("refused");
    const first = start("first", pathOf("a"));
    await expect(start("late", pathOf("b"), AbortSignal.abort(new Error("late")))).rejects.toThrow("late");
    running.get("first")?.();
    await first;
  });
});
