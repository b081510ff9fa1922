import { expect } from "vitest";
import type { Resource } from "../../api/meta.ts";
import { KubeClient } from "../client/client.ts";
import type { Cluster } from "../client/kubeconfig.ts";
import type { WatchOptions } from "../client/options.ts";
import { Informer, type InformerOptions } from "../informer/informer.ts";
import { type ConfigMap, clusterTest, configMaps, testCluster } from "./cluster.ts";
import { startTcpProxy } from "./tcp-proxy.ts";

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

/** `it` of tests of an informer: one of ConfigMaps in a namespace of its own, directly or through a proxy. */
export const it = clusterTest
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
export function watchFromFuture(spy: WatchSpy): void {
  spy.rewrite = (options) =>
    options.sendInitialEvents ? options : { ...options, resourceVersion: String(Number.MAX_SAFE_INTEGER) };
}
