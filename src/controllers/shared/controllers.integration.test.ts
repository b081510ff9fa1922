import { Registry } from "prom-client";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { keyOf } from "../../api/meta.ts";
import {
  type ConfigMap,
  configMap,
  configMaps,
  connect,
  createNamespace,
  namespaces,
} from "../../kube/testing/cluster.ts";
import { createLog } from "../../runtime/log.ts";
import { Manager } from "../../runtime/manager.ts";
import { ControllerMetrics } from "../../runtime/metrics.ts";
import { DONE } from "../../runtime/reconcile.ts";
import { ControllerRegistry } from "./controllers.ts";
import { EventChannel } from "./event-channel.ts";
import { InformerFactory } from "./informers.ts";
import { StalledError } from "./stalled-error.ts";

const client = connect();
const patience = { timeout: 30_000 };

/**
 * The `setup.ts` of a kind that nothing else knows: copies the data of a ConfigMap into its `summary` annotation. An
 * index, a watch, a channel of its own, workers and a runnable: all of it through what `ControllerRegistry` offers.
 */
function setupSummaries(controllers: ControllerRegistry, calls: string[]): EventChannel<{ readonly app: string }> {
  const byApp = ({ metadata }: ConfigMap) => (metadata.labels?.app === undefined ? [] : [metadata.labels.app]);
  const informer = controllers.informers.forResource(configMaps, { app: byApp });
  const controller = controllers.register({
    name: "summary",
    concurrency: 2,
    reconcile: async (key) => {
      const object = informer.lister.get(key);
      calls.push(`${object === undefined ? "deleted" : "reconciled"} ${key}`);
      if (object === undefined) return DONE;
      const { name = "", namespace = "" } = object.metadata;
      const summary = JSON.stringify(object.data);
      if (object.metadata.annotations?.summary === summary) return DONE;
      if (object.data?.invalid !== undefined)
        throw new StalledError({ reason: "Invalid", retry: "never" }, "no summary");
      const body = { metadata: { annotations: { summary } } };
      await client.patch(configMaps, { namespace, name }, { kind: "merge", body });
      return DONE;
    },
  });
  informer.onChange((next, previous) => controller.enqueue(keyOf(next ?? previous ?? { metadata: {} })));
  const channel = new EventChannel<{ readonly app: string }>(() => {});
  channel.subscribe(({ app }) => {
    for (const one of informer.lister.byIndex("app", app)) controller.enqueue(keyOf(one), { priority: "low" });
  });
  controllers.addRunnable({
    name: "summary store",
    start: async () => void calls.push(`opened with ${informer.lister.size}`),
    stop: async () => void calls.push("closed"),
  });
  return channel;
}

describe("ControllerRegistry", () => {
  let namespace: string;
  beforeAll(async () => {
    namespace = await createNamespace(client);
  });
  afterAll(async () => {
    await client.delete(namespaces, { name: namespace });
    await client.close();
  });

  it("runs a controller of another kind that registers itself", async () => {
    const log = createLog({ level: "error" });
    const registry = new Registry();
    const informers = new InformerFactory({ client, namespaces: [namespace], onError: () => {} });
    const controllers = new ControllerRegistry({ informers, log, metrics: new ControllerMetrics(registry) });
    const calls: string[] = [];
    const channel = setupSummaries(controllers, calls);
    const read = async (name: string) => await client.get(configMaps, { namespace, name });
    await client.create(configMaps, configMap(namespace, "before", { a: "1" }));
    const done = { labels: { app: "x" }, annotations: { summary: '{"a":"1"}' } };
    await client.create(configMaps, { metadata: { namespace, name: "done", ...done }, data: { a: "1" } });
    expect(() => informers.assertFresh()).toThrow("not listed yet: configmaps");

    const manager = new Manager({ log, runnables: controllers.runnables });
    await manager.start();
    onTestFinished(async () => void (await manager.stop()));
    informers.assertFresh();
    // The namespace may have the ConfigMap of the cluster's certificates, too.
    expect(calls[0]).toMatch(/^opened with [23]$/);
    await vi.waitFor(async () => {
      expect((await read("before")).metadata.annotations).toEqual({ summary: '{"a":"1"}' });
    }, patience);

    await client.patch(configMaps, { namespace, name: "before" }, { kind: "merge", body: { data: { a: "2" } } });
    await vi.waitFor(async () => {
      expect((await read("before")).metadata.annotations).toEqual({ summary: '{"a":"2"}' });
    }, patience);

    const count = () => calls.filter((call) => call === `reconciled ${namespace}/done`).length;
    await vi.waitFor(() => expect(count()).toBe(1), patience);
    channel.emit({ app: "y" });
    channel.emit({ app: "x" });
    await vi.waitFor(() => expect(count()).toBe(2), patience);

    await client.create(configMaps, configMap(namespace, "invalid", { invalid: "" }));
    await vi.waitFor(async () => {
      const metrics = await registry.metrics();
      expect(metrics).toContain('controller_runtime_terminal_reconcile_errors_total{controller="summary"} 1');
    }, patience);

    await client.delete(configMaps, { namespace, name: "before" });
    await vi.waitFor(() => expect(calls).toContain(`deleted ${namespace}/before`), patience);
    expect(await manager.stop()).toEqual([]);
    expect(calls.at(-1)).toBe("closed");
  });
});
