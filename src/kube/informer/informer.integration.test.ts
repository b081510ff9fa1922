import { describe, expect, vi } from "vitest";
import { asPartialMetadata, type Resource } from "../../api/meta.ts";
import { KubeClient } from "../client/client.ts";
import { ApiError, isExpired } from "../client/errors.ts";
import type { Cluster } from "../client/kubeconfig.ts";
import type { WatchOptions } from "../client/options.ts";
import {
  type ConfigMap,
  clusterTest,
  configMap,
  configMaps,
  createNamespace,
  defineKind,
  namespaces,
  testCluster,
} from "../testing/cluster.ts";
import { startTcpProxy } from "../testing/tcp-proxy.ts";
import { Informer, type InformerOptions } from "./informer.ts";

/** Records the options of each watch, and may send other ones. */
class WatchSpy extends KubeClient {
  readonly watches: WatchOptions[] = [];
  rewrite: (options: WatchOptions) => WatchOptions | Promise<WatchOptions> = (options) => options;

  override async watch(resource: Resource, options: WatchOptions = {}) {
    this.watches.push(options);
    return await super.watch(resource, await this.rewrite(options));
  }
}

type TestOptions = Partial<InformerOptions<ConfigMap, "app">>;

const it = clusterTest
  /** Functions to call at the end of the test, in reverse order: informers stop before their proxies. */
  .extend("cleanups", ({ client, namespace, onTestFinished }) => {
    const cleanups: (() => Promise<unknown>)[] = [];
    onTestFinished(async () => {
      for (const cleanup of cleanups.toReversed()) await cleanup();
      const { items } = await client.list(configMaps, { namespace });
      for (const { metadata } of items) await client.delete(configMaps, { namespace, name: metadata.name ?? "" });
    });
    return cleanups;
  })
  .extend("create", ({ client, namespace, cleanups }) => (options: TestOptions = {}) => {
    const informer = new Informer<ConfigMap, "app">({
      client,
      resource: configMaps,
      namespaces: [namespace],
      indexes: { app: ({ metadata }) => (metadata.labels?.app === undefined ? [] : [metadata.labels.app]) },
      ...options,
    });
    cleanups.push(async () => await informer.stop());
    return informer;
  })
  /** Starts an informer of ConfigMaps, waits for its list, and records its changes and errors. */
  .extend("start", ({ create }) => async (options: TestOptions = {}) => {
    const changes: string[] = [];
    const errors: unknown[] = [];
    const informer = create({ onError: (error) => errors.push(error), ...options });
    informer.onChange((next, previous) => {
      const verb = next === undefined ? "deleted" : previous === undefined ? "added" : "changed";
      changes.push(`${verb} ${(next ?? previous)?.metadata.name}`);
    });
    informer.start();
    expect(await informer.synced).toBe(true);
    return { informer, changes, errors };
  })
  .extend("createSpy", ({ cleanups }) => (cluster: Cluster = testCluster()) => {
    const spy = new WatchSpy({ cluster });
    cleanups.push(async () => await spy.close());
    return spy;
  })
  .extend("proxy", async ({ cleanups }) => {
    const proxy = await startTcpProxy(testCluster().server);
    cleanups.push(async () => await proxy.close());
    return proxy;
  })
  /** A client that uses the proxy. */
  .extend("proxied", ({ proxy, createSpy }) => createSpy({ ...testCluster(), server: proxy.url }))
  .extend("remove", ({ client, namespace }) => async (name: string) => {
    await client.delete(configMaps, { namespace, name });
  });

/** Makes each watch but a streaming list start at a future version, where it receives nothing. */
function watchFromFuture(spy: WatchSpy): void {
  spy.rewrite = (options) =>
    options.sendInitialEvents ? options : { ...options, resourceVersion: String(Number.MAX_SAFE_INTEGER) };
}

describe("Informer", () => {
  it("has all objects once it is synced, and follows changes", async ({ client, namespace, start, remove }) => {
    await client.create(configMaps, configMap(namespace, "before", { a: "1" }));
    const { informer, changes, errors } = await start();
    expect(informer.hasSynced).toBe(true);
    expect(informer.lister.get(`${namespace}/before`)).toMatchObject({ kind: "ConfigMap", data: { a: "1" } });
    expect(informer.lister.get(`${namespace}/before`)?.metadata).not.toHaveProperty("managedFields");
    const object = configMap(namespace, "after");
    await client.create(configMaps, { ...object, metadata: { ...object.metadata, labels: { app: "x" } } });
    await vi.waitFor(() => expect(informer.lister.byIndex("app", "x")).toHaveLength(1));
    await client.patch(configMaps, { namespace, name: "after" }, { kind: "merge", body: { data: { b: "2" } } });
    await remove("after");
    await vi.waitFor(() => expect(changes).toEqual(["added before", "added after", "changed after", "deleted after"]));
    expect(informer.lister.byIndex("app", "x")).toEqual([]);
    expect(errors).toEqual([]);
  });

  it("starts with a streaming list, or with pages if the server rejects it", async ({
    client,
    namespace,
    start,
    createSpy,
  }) => {
    await client.create(configMaps, configMap(namespace, "one"));
    const streaming = createSpy();
    const first = await start({ client: streaming });
    expect(first.informer.lister.size).toBe(1);
    expect(streaming.watches).toMatchObject([{ sendInitialEvents: true }]);

    const paging = createSpy();
    paging.rewrite = (options) => {
      if (!options.sendInitialEvents) return options;
      throw new ApiError({ code: 422, reason: "Invalid", message: "sendInitialEvents: Forbidden" });
    };
    const second = await start({ client: paging });
    expect(second.informer.lister.size).toBe(1);
    await client.create(configMaps, configMap(namespace, "two"));
    await vi.waitFor(() => expect(second.changes).toEqual(["added one", "added two"]));
    expect(paging.watches).toMatchObject([{ sendInitialEvents: true }, { resourceVersion: expect.any(String) }]);
    expect(second.errors).toEqual([]);
  });

  it("watches the given namespaces, or all", async ({ client, namespace, start, cleanups }) => {
    const other = await createNamespace(client);
    cleanups.push(async () => await client.delete(namespaces, { name: other }));
    await client.create(configMaps, configMap(namespace, "mine"));
    await client.create(configMaps, configMap(other, "theirs"));
    const { informer } = await start({ namespaces: [namespace, other] });
    expect(informer.lister.list().map(({ metadata }) => metadata.name)).toEqual(
      expect.arrayContaining(["mine", "theirs"]),
    );
    expect(informer.lister.list(namespace)).toHaveLength(1);
    const everywhere = new Informer({ client, resource: configMaps });
    cleanups.push(async () => await everywhere.stop());
    everywhere.start();
    expect(await everywhere.synced).toBe(true);
    expect(everywhere.lister.get(`${other}/theirs`)).toBeDefined();
    expect(everywhere.lister.get(`${namespace}/mine`)).toBeDefined();
  });

  it("watches metadata of a metadata-only resource", async ({ client, namespace, create }) => {
    await client.create(configMaps, configMap(namespace, "big", { a: "x".repeat(10_000) }));
    const informer = create({ resource: asPartialMetadata(configMaps) });
    informer.start();
    await informer.synced;
    await client.create(configMaps, configMap(namespace, "bigger", { a: "x" }));
    await vi.waitFor(() => expect(informer.lister.size).toBe(2));
    for (const object of informer.lister.list()) {
      expect(object.kind).toBe("PartialObjectMetadata");
      expect(object).not.toHaveProperty("data");
    }
  });

  it("reports all changes made while the API server was unreachable", async ({
    client,
    namespace,
    start,
    proxy,
    proxied,
    remove,
  }) => {
    for (const name of ["stays", "goes", "changes"]) await client.create(configMaps, configMap(namespace, name));
    const { informer, changes, errors } = await start({ client: proxied });
    changes.length = 0;
    await proxy.cut();
    await remove("goes");
    await client.create(configMaps, configMap(namespace, "comes"));
    await client.patch(configMaps, { namespace, name: "changes" }, { kind: "merge", body: { data: { a: "1" } } });
    await vi.waitFor(() => expect(errors.length).toBeGreaterThan(1), { timeout: 20_000 });
    await proxy.restore();
    await vi.waitFor(() => expect([...changes].sort()).toEqual(["added comes", "changed changes", "deleted goes"]), {
      timeout: 20_000,
    });
    expect(informer.lister.list().map(({ metadata }) => metadata.name)).toEqual(
      expect.arrayContaining(["stays", "changes", "comes"]),
    );
  });

  it("lists again after the API server was unreachable, since it may have been restored", async ({
    client,
    namespace,
    start,
    proxy,
    proxied,
  }) => {
    await client.create(configMaps, configMap(namespace, "stays"));
    const { informer, changes, errors } = await start({ client: proxied });
    const beforeRelist: string[][] = [];
    informer.onRelist(() => beforeRelist.push([...changes]));
    await vi.waitFor(() => expect(informer.disconnectedMs).toBe(0));
    await proxy.cut();
    await client.create(configMaps, configMap(namespace, "comes"));
    await vi.waitFor(() => expect(errors.length).toBeGreaterThan(1), { timeout: 20_000 });
    expect(informer.disconnectedMs).toBeGreaterThan(0);
    // From a future version the watch would receive nothing, as after etcd was restored from a backup.
    watchFromFuture(proxied);
    await proxy.restore();
    await vi.waitFor(() => expect(changes).toEqual(["added stays", "added comes"]), { timeout: 20_000 });
    // Called before the changes, so that handlers do not decide on outdated state.
    expect(beforeRelist).toEqual([["added stays"]]);
    await vi.waitFor(() => expect(informer.disconnectedMs).toBe(0));
  });

  it("resumes without a relist when only a connection was closed", async ({
    client,
    namespace,
    start,
    proxy,
    proxied,
  }) => {
    const { informer, changes, errors } = await start({ client: proxied });
    let relists = 0;
    informer.onRelist(() => relists++);
    proxy.drop();
    await vi.waitFor(() => expect(errors).toHaveLength(1));
    await client.create(configMaps, configMap(namespace, "comes"));
    await vi.waitFor(() => expect(changes).toEqual(["added comes"]), { timeout: 20_000 });
    expect(proxied.watches.at(-1)).toMatchObject({ resourceVersion: expect.any(String) });
    expect(relists).toBe(0);
  });

  it("waits for an API server that is not running yet", async ({ client, namespace, create, proxy, proxied }) => {
    await proxy.cut();
    await client.create(configMaps, configMap(namespace, "late"));
    const errors: unknown[] = [];
    const informer = create({ client: proxied, onError: (error) => errors.push(error) });
    informer.start();
    await vi.waitFor(() => expect(errors.length).toBeGreaterThan(1), { timeout: 20_000 });
    expect(informer.hasSynced).toBe(false);
    await proxy.restore();
    expect(await informer.synced).toBe(true);
    expect(informer.lister.size).toBe(1);
  });

  it("lists again when the server no longer knows its version, and reports missed changes", async ({
    client,
    namespace,
    start,
    proxy,
    proxied,
  }) => {
    // The watch cache of a kind starts with its definition: the API server answers 410 to version 1.
    const things = await defineKind(client);
    const thing = (name: string) => ({ metadata: { namespace, name } });
    for (const name of ["stays", "goes"]) await client.create(things, thing(name));
    const changed = Promise.withResolvers<void>();
    proxied.rewrite = async (options) => {
      if (options.sendInitialEvents) return options;
      await changed.promise;
      return { ...options, resourceVersion: "1" };
    };
    const { changes, errors, informer } = await start({ client: proxied, resource: things });
    changes.length = 0;
    proxy.drop();
    // The server stays available: if it did not, that would cause the relist.
    await vi.waitFor(() => expect(proxied.watches).toHaveLength(2), { timeout: 20_000 });
    await client.delete(things, { namespace, name: "goes" });
    await client.create(things, thing("comes"));
    changed.resolve();
    await vi.waitFor(() => expect([...changes].sort()).toEqual(["added comes", "deleted goes"]), { timeout: 20_000 });
    expect(errors.some(isExpired)).toBe(true);
    expect(proxied.watches.map(({ sendInitialEvents = false }) => sendInitialEvents).at(-1)).toBe(true);
    expect(informer.lister.size).toBe(2);
  });

  it("reopens a watch that is silent while its connection stays open", async ({
    client,
    namespace,
    start,
    proxy,
    proxied,
  }) => {
    const { changes, errors } = await start({ client: proxied, silenceMs: 1_000 });
    watchFromFuture(proxied);
    proxy.freeze();
    await client.create(configMaps, configMap(namespace, "missed"));
    await vi.waitFor(() => expect(changes).toEqual(["added missed"]), { timeout: 20_000 });
    expect(errors[0]).toMatchObject({ name: "ConnectionError", timedOut: true });
  });

  it("continues when a handler throws, and notifies new handlers of cached objects", async ({
    client,
    namespace,
    start,
  }) => {
    const { informer, errors } = await start();
    informer.onChange(() => {
      throw new Error("broken handler");
    });
    await client.create(configMaps, configMap(namespace, "one"));
    await vi.waitFor(() => expect(errors).toMatchObject([{ message: "broken handler" }]));
    const notified: unknown[] = [];
    const unsubscribe = informer.onChange((next, previous) => notified.push([next?.metadata.name, previous]));
    expect(notified).toEqual([["one", undefined]]);
    unsubscribe();
    await client.create(configMaps, configMap(namespace, "two"));
    await vi.waitFor(() => expect(informer.lister.size).toBe(2));
    expect(notified).toHaveLength(1);
  });

  it("resolves synced with false if it is stopped before", async ({ create, proxy, proxied }) => {
    await proxy.cut();
    const informer = create({ client: proxied });
    informer.start();
    await informer.stop();
    expect(await informer.synced).toBe(false);
  });
});
