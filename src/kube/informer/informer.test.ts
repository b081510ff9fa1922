import { PassThrough } from "node:stream";
import { it as base, describe, expect, vi } from "vitest";
import type { KubeObject, Resource } from "../../api/meta.ts";
import type { KubeClient } from "../client/client.ts";
import type { WatchOptions } from "../client/options.ts";
import { Informer, type InformerOptions } from "./informer.ts";

const things: Resource = { group: "", version: "v1", plural: "things", kind: "Thing", namespaced: true };
const END = { "k8s.io/initial-events-end": "true" };

type TestOptions = Partial<InformerOptions<KubeObject>>;

/** Starts an informer on a fake API server, whose watches the test writes to. */
const it = base.extend("start", ({ onTestFinished }) => (options: TestOptions = {}) => {
  const watches: { readonly body: PassThrough; readonly options: WatchOptions }[] = [];
  const client = {
    watch: async (_: Resource, watchOptions: WatchOptions) => {
      const body = new PassThrough();
      watchOptions.signal?.addEventListener("abort", () => body.destroy(new Error("aborted")));
      watches.push({ body, options: watchOptions });
      return body;
    },
  } as unknown as KubeClient;
  const errors: unknown[] = [];
  const informer = new Informer<KubeObject>({
    client,
    resource: things,
    onError: (error) => errors.push(error),
    ...options,
  });
  informer.start();
  onTestFinished(async () => {
    vi.useRealTimers();
    await informer.stop();
  });
  const send = (index: number, type: string, object: object) =>
    watches[index]?.body.write(`${JSON.stringify({ type, object })}\n`);
  const endList = (index: number) => send(index, "BOOKMARK", { metadata: { resourceVersion: "5", annotations: END } });
  return { informer, watches, errors, send, endList };
});

describe("Informer", () => {
  it("closes a watch that is silent for 150 seconds, and not before", async ({ start }) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { watches, errors } = start();
    await vi.advanceTimersByTimeAsync(149_999);
    expect([watches.length, watches[0]?.body.destroyed]).toEqual([1, false]);
    await vi.advanceTimersByTimeAsync(1);
    expect(watches[0]?.body.destroyed).toBe(true);
    expect(errors).toMatchObject([{ message: "watch: silent for 150 s", timedOut: true }]);
  });

  it("has synced once all of its namespaces are listed", async ({ start }) => {
    const { informer, watches, endList } = start({ namespaces: ["a", "b"] });
    await vi.waitFor(() => expect(watches.map(({ options }) => options.namespace)).toEqual(["a", "b"]));
    endList(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(informer.hasSynced).toBe(false);
    endList(1);
    expect(await informer.synced).toBe(true);
    expect(informer.hasSynced).toBe(true);
  });

  it("has synced at once without any namespace", async ({ start }) => {
    const { informer, watches } = start({ namespaces: [] });
    expect([await informer.synced, watches]).toEqual([true, []]);
  });

  it("starts once, and not after it was stopped", async ({ start }) => {
    const { informer, watches } = start();
    informer.start();
    await new Promise((resolve) => setImmediate(resolve));
    expect(watches).toHaveLength(1);
    await informer.stop();
    informer.start();
    await new Promise((resolve) => setImmediate(resolve));
    expect(watches).toHaveLength(1);
  });

  it("passes its selectors to the API server", async ({ start }) => {
    const { watches } = start({ labelSelector: "a=b", fieldSelector: "c=d" });
    await vi.waitFor(() => expect(watches).toHaveLength(1));
    expect(watches[0]?.options).toMatchObject({ labelSelector: "a=b", fieldSelector: "c=d" });
  });

  it("stores objects as transformed, by default without managedFields", async ({ start }) => {
    const metadata = { namespace: "a", name: "x", resourceVersion: "1", managedFields: [{}] };
    const first = start();
    const second = start({ transform: ({ metadata: { name = "" } }) => ({ metadata: { namespace: "a", name } }) });
    for (const { watches, send, endList, informer } of [first, second]) {
      await vi.waitFor(() => expect(watches).toHaveLength(1));
      send(0, "ADDED", { metadata });
      endList(0);
      await informer.synced;
    }
    expect(first.informer.lister.get("a/x")).toEqual({
      metadata: { namespace: "a", name: "x", resourceVersion: "1" },
    });
    expect(second.informer.lister.get("a/x")).toEqual({ metadata: { namespace: "a", name: "x" } });
  });

  it("notifies handlers of a deletion with the last version, and not of an unknown object", async ({ start }) => {
    const { informer, watches, send, endList } = start();
    const changes: unknown[] = [];
    informer.onChange((next, previous) => changes.push([next, previous?.metadata.resourceVersion]));
    await vi.waitFor(() => expect(watches).toHaveLength(1));
    send(0, "ADDED", { metadata: { name: "x", resourceVersion: "1" } });
    endList(0);
    await informer.synced;
    changes.length = 0;
    send(0, "DELETED", { metadata: { name: "unknown", resourceVersion: "6" } });
    send(0, "DELETED", { metadata: { name: "x", resourceVersion: "7" } });
    await vi.waitFor(() => expect(changes).toEqual([[undefined, "7"]]));
  });

  it("accepts further indexes only before it starts, and one function for each name", async ({ start }) => {
    const { informer } = start();
    expect(() => informer.addIndexes({ app: () => [] })).toThrow("indexes must be added before the informer starts");
    const byName = ({ metadata: { name = "" } }: KubeObject) => [name];
    const fresh = new Informer({ client: {} as KubeClient, resource: things, indexes: { name: byName } });
    expect(() => fresh.addIndexes({ name: byName })).not.toThrow();
    expect(() => fresh.addIndexes({ name: () => [] })).toThrow("index name has another function already");
  });
});
