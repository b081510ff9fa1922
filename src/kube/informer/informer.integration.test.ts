import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { asPartialMetadata, type Resource } from "../../api/meta.ts";
import { KubeClient, type WatchOptions } from "../client/client.ts";
import { ApiError, isExpired } from "../client/errors.ts";
import {
  type ConfigMap,
  configMap,
  configMaps,
  connect,
  createNamespace,
  defineKind,
  namespaces,
  testCluster,
} from "../testing/cluster.ts";
import { startWire, type Wire } from "../testing/tcp-proxy.ts";
import { Informer, type InformerOptions } from "./informer.ts";

const client = connect();
const started: { stop(): Promise<void> }[] = [];
let ns: string;
let other: string;

/** Starts a reflector on configmaps, and keeps what it says. */
async function reflect(options: Partial<InformerOptions<ConfigMap, "app">> = {}) {
  const changes: string[] = [];
  const errors: unknown[] = [];
  const reflector = new Informer<ConfigMap, "app">({
    client,
    resource: configMaps,
    namespaces: [ns],
    indexes: { app: ({ metadata }) => (metadata.labels?.app === undefined ? [] : [metadata.labels.app]) },
    onError: (error) => errors.push(error),
    ...options,
  });
  reflector.onChange((next, previous) => {
    const verb = next === undefined ? "gone" : previous === undefined ? "new" : "changed";
    changes.push(`${verb} ${(next ?? previous)?.metadata.name}`);
  });
  reflector.start();
  started.push(reflector);
  expect(await reflector.synced).toBe(true);
  return { reflector, changes, errors };
}

/** Counts how watches begin; may ask for something else than it was told. */
class WatchSpy extends KubeClient {
  readonly watches: WatchOptions[] = [];
  rewrite: (options: WatchOptions) => WatchOptions | Promise<WatchOptions> = (options) => options;

  override async watch(resource: Resource, options: WatchOptions = {}) {
    this.watches.push(options);
    return await super.watch(resource, await this.rewrite(options));
  }
}

/** A client whose requests go through a wire that the test can cut. */
async function throughWire(): Promise<{ readonly wire: Wire; readonly wired: WatchSpy }> {
  const cluster = testCluster();
  const wire = await startWire(cluster.server);
  const wired = new WatchSpy({ cluster: { ...cluster, server: wire.url } });
  started.push({ stop: async () => void (await Promise.all([wired.close(), wire.close()])) });
  return { wire, wired };
}

function spy(): WatchSpy {
  const watching = new WatchSpy({ cluster: testCluster() });
  started.push({ stop: async () => await watching.close() });
  return watching;
}

const remove = async (name: string) => await client.delete(configMaps, { namespace: ns, name });

describe("kube/reflector", () => {
  beforeAll(async () => {
    ns = await createNamespace(client);
    other = await createNamespace(client);
  });
  afterEach(async () => {
    // In this order: reflectors end before the wires under them.
    for (const one of started.splice(0).toReversed()) await one.stop();
    const { items } = await client.list(configMaps, { namespace: ns });
    for (const { metadata } of items) await remove(metadata.name ?? "");
  });
  afterAll(async () => {
    for (const name of [ns, other]) await client.delete(namespaces, { name });
    await client.close();
  });

  it("has what is there when it is synced, and follows what happens then", async () => {
    await client.create(configMaps, configMap(ns, "before", { a: "1" }));
    const { reflector, changes, errors } = await reflect();
    expect(reflector.hasSynced).toBe(true);
    expect(reflector.lister.get(`${ns}/before`)).toMatchObject({ kind: "ConfigMap", data: { a: "1" } });
    expect(reflector.lister.get(`${ns}/before`)?.metadata).not.toHaveProperty("managedFields");
    const object = configMap(ns, "after");
    await client.create(configMaps, { ...object, metadata: { ...object.metadata, labels: { app: "x" } } });
    await vi.waitFor(() => expect(reflector.lister.byIndex("app", "x")).toHaveLength(1));
    await client.patch(configMaps, { namespace: ns, name: "after" }, { kind: "merge", body: { data: { b: "2" } } });
    await remove("after");
    await vi.waitFor(() => expect(changes).toEqual(["new before", "new after", "changed after", "gone after"]));
    expect(reflector.lister.byIndex("app", "x")).toEqual([]);
    expect(errors).toEqual([]);
  });

  it("begins with one streaming list, and pages where the server has none", async () => {
    await client.create(configMaps, configMap(ns, "one"));
    const streaming = spy();
    const first = await reflect({ client: streaming });
    expect(first.reflector.lister.size).toBe(1);
    expect(streaming.watches).toMatchObject([{ sendInitialEvents: true }]);

    const paging = spy();
    paging.rewrite = (options) => {
      if (!options.sendInitialEvents) return options;
      throw new ApiError({ code: 422, reason: "Invalid", message: "sendInitialEvents: Forbidden" });
    };
    const second = await reflect({ client: paging });
    expect(second.reflector.lister.size).toBe(1);
    await client.create(configMaps, configMap(ns, "two"));
    await vi.waitFor(() => expect(second.changes).toEqual(["new one", "new two"]));
    expect(paging.watches).toMatchObject([{ sendInitialEvents: true }, { resourceVersion: expect.any(String) }]);
    expect(second.errors).toEqual([]);
  });

  it("sees its namespaces, or all", async () => {
    await client.create(configMaps, configMap(ns, "mine"));
    await client.create(configMaps, configMap(other, "theirs"));
    const { reflector } = await reflect({ namespaces: [ns, other] });
    expect(reflector.lister.list().map(({ metadata }) => metadata.name)).toEqual(
      expect.arrayContaining(["mine", "theirs"]),
    );
    expect(reflector.lister.list(ns)).toHaveLength(1);
    const everywhere = new Informer({ client, resource: configMaps });
    started.push(everywhere);
    everywhere.start();
    expect(await everywhere.synced).toBe(true);
    expect(everywhere.lister.get(`${other}/theirs`)).toBeDefined();
    expect(everywhere.lister.get(`${ns}/mine`)).toBeDefined();
  });

  it("watches metadata alone", async () => {
    await client.create(configMaps, configMap(ns, "big", { a: "x".repeat(10_000) }));
    const reflector = new Informer({ client, resource: asPartialMetadata(configMaps), namespaces: [ns] });
    started.push(reflector);
    reflector.start();
    await reflector.synced;
    await client.create(configMaps, configMap(ns, "bigger", { a: "x" }));
    await vi.waitFor(() => expect(reflector.lister.size).toBe(2));
    for (const object of reflector.lister.list()) {
      expect(object.kind).toBe("PartialObjectMetadata");
      expect(object).not.toHaveProperty("data");
    }
  });

  it("goes on after the connection was lost and came back, with all that happened in between", async () => {
    const { wire, wired } = await throughWire();
    for (const name of ["stays", "goes", "changes"]) await client.create(configMaps, configMap(ns, name));
    const { reflector, changes, errors } = await reflect({ client: wired });
    changes.length = 0;
    await wire.cut();
    await remove("goes");
    await client.create(configMaps, configMap(ns, "comes"));
    await client.patch(configMaps, { namespace: ns, name: "changes" }, { kind: "merge", body: { data: { a: "1" } } });
    await vi.waitFor(() => expect(errors.length).toBeGreaterThan(1), { timeout: 20_000 });
    await wire.restore();
    await vi.waitFor(() => expect([...changes].sort()).toEqual(["changed changes", "gone goes", "new comes"]), {
      timeout: 20_000,
    });
    expect(reflector.lister.list().map(({ metadata }) => metadata.name)).toEqual(
      expect.arrayContaining(["stays", "changes", "comes"]),
    );
  });

  it("lists anew after the server was away: what comes back may have another history", async () => {
    const { wire, wired } = await throughWire();
    await client.create(configMaps, configMap(ns, "stays"));
    const { reflector, changes, errors } = await reflect({ client: wired });
    const told: string[][] = [];
    reflector.onRelist(() => told.push([...changes]));
    await vi.waitFor(() => expect(reflector.cutOffMs).toBe(0));
    await wire.cut();
    await client.create(configMaps, configMap(ns, "comes"));
    await vi.waitFor(() => expect(errors.length).toBeGreaterThan(1), { timeout: 20_000 });
    expect(reflector.cutOffMs).toBeGreaterThan(0);
    // A version of the future: with it, the watch would hear nothing, as of an etcd restored from a backup.
    wired.rewrite = (options) =>
      options.sendInitialEvents ? options : { ...options, resourceVersion: String(Number.MAX_SAFE_INTEGER) };
    await wire.restore();
    await vi.waitFor(() => expect(changes).toEqual(["new stays", "new comes"]), { timeout: 20_000 });
    // Before any change: what somebody remembers is forgotten before it is decided on.
    expect(told).toEqual([["new stays"]]);
    await vi.waitFor(() => expect(reflector.cutOffMs).toBe(0));
  });

  it("goes on from where it was when nothing but a connection breaks", async () => {
    const { wire, wired } = await throughWire();
    const { reflector, changes, errors } = await reflect({ client: wired });
    let relists = 0;
    reflector.onRelist(() => relists++);
    wire.drop();
    await vi.waitFor(() => expect(errors).toHaveLength(1));
    await client.create(configMaps, configMap(ns, "comes"));
    await vi.waitFor(() => expect(changes).toEqual(["new comes"]), { timeout: 20_000 });
    expect(wired.watches.at(-1)).toMatchObject({ resourceVersion: expect.any(String) });
    expect(relists).toBe(0);
  });

  it("waits for a server that is not there yet", async () => {
    const { wire, wired } = await throughWire();
    await wire.cut();
    await client.create(configMaps, configMap(ns, "late"));
    const errors: unknown[] = [];
    const reflector = new Informer({
      client: wired,
      resource: configMaps,
      namespaces: [ns],
      onError: (error) => errors.push(error),
    });
    started.push(reflector);
    reflector.start();
    await vi.waitFor(() => expect(errors.length).toBeGreaterThan(1), { timeout: 20_000 });
    expect(reflector.hasSynced).toBe(false);
    await wire.restore();
    expect(await reflector.synced).toBe(true);
    expect(reflector.lister.size).toBe(1);
  });

  it("lists anew when its version is gone, and finds what went unseen", async () => {
    // The watch of a kind knows nothing from before its definition: the API server answers 410 to version 1.
    const things = await defineKind(client);
    const thing = (name: string) => ({ metadata: { namespace: ns, name } });
    for (const name of ["stays", "goes"]) await client.create(things, thing(name));
    const { wire, wired } = await throughWire();
    const changed = Promise.withResolvers<void>();
    wired.rewrite = async (options) => {
      if (options.sendInitialEvents) return options;
      await changed.promise;
      return { ...options, resourceVersion: "1" };
    };
    const { changes, errors, reflector } = await reflect({ client: wired, resource: things });
    changes.length = 0;
    wire.drop();
    // The server itself is never away: that alone would be a reason to list anew.
    await vi.waitFor(() => expect(wired.watches).toHaveLength(2), { timeout: 20_000 });
    await client.delete(things, { namespace: ns, name: "goes" });
    await client.create(things, thing("comes"));
    changed.resolve();
    await vi.waitFor(() => expect([...changes].sort()).toEqual(["gone goes", "new comes"]), { timeout: 20_000 });
    expect(errors.some(isExpired)).toBe(true);
    expect(wired.watches.map(({ sendInitialEvents = false }) => sendInitialEvents).at(-1)).toBe(true);
    expect(reflector.lister.size).toBe(2);
  });

  it("gives up a watch that is silent while its connection stays open", async () => {
    const { wire, wired } = await throughWire();
    const { changes, errors } = await reflect({ client: wired, silenceMs: 1_000 });
    wired.rewrite = (options) =>
      options.sendInitialEvents ? options : { ...options, resourceVersion: String(Number.MAX_SAFE_INTEGER) };
    wire.freeze();
    await client.create(configMaps, configMap(ns, "unheard"));
    await vi.waitFor(() => expect(changes).toEqual(["new unheard"]), { timeout: 20_000 });
    expect(errors[0]).toMatchObject({ name: "ConnectionError", timedOut: true });
  });

  it("goes on when a handler throws, and tells late handlers what is there", async () => {
    const { reflector, errors } = await reflect();
    reflector.onChange(() => {
      throw new Error("broken handler");
    });
    await client.create(configMaps, configMap(ns, "one"));
    await vi.waitFor(() => expect(errors).toMatchObject([{ message: "broken handler" }]));
    const seen: unknown[] = [];
    const leave = reflector.onChange((next, previous) => seen.push([next?.metadata.name, previous]));
    expect(seen).toEqual([["one", undefined]]);
    leave();
    await client.create(configMaps, configMap(ns, "two"));
    await vi.waitFor(() => expect(reflector.lister.size).toBe(2));
    expect(seen).toHaveLength(1);
  });

  it("says that it was stopped before it was synced", async () => {
    const { wire, wired } = await throughWire();
    await wire.cut();
    const reflector = new Informer({ client: wired, resource: configMaps });
    reflector.start();
    await reflector.stop();
    expect(await reflector.synced).toBe(false);
  });
});
