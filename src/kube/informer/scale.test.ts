import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../api/meta.ts";
import { expectInProportion } from "../../event-loop/testing/in-proportion.ts";
import type { KubeClient } from "../client/client.ts";
import { ApiError } from "../client/errors.ts";
import type { WatchOptions } from "../client/options.ts";
import { Indexer } from "./indexer.ts";
import { Informer } from "./informer.ts";

const object = (namespace: string, name: string, version: string, labels: Record<string, string> = {}): KubeObject => ({
  metadata: { namespace, name, uid: `${namespace}/${name}`, resourceVersion: version, labels },
});

const THINGS = { group: "example.com", version: "v1", plural: "things", kind: "Thing", namespaced: true };

/** A server that lists these objects, and whose watch never ends. */
function serverOf(items: readonly KubeObject[]): KubeClient {
  const watch = async (_: unknown, { sendInitialEvents = false, signal }: WatchOptions) => {
    if (sendInitialEvents)
      throw new ApiError({ code: 422, reason: "Invalid", message: "sendInitialEvents: Forbidden" });
    const body = new PassThrough();
    signal?.addEventListener("abort", () => body.destroy());
    return body;
  };
  return { list: async () => ({ items, resourceVersion: "1" }), watch } as unknown as KubeClient;
}

describe("an informer", { timeout: 60_000 }, () => {
  it("of many objects lists them in turns, and tells its handlers in turns", async () => {
    await expectInProportion(3000, async (count, measure) => {
      const items = Array.from({ length: count }, (_, at) => object("n", `o${at}`, "1", { app: `${at}` }));
      const app = ({ metadata }: KubeObject) => [metadata.labels?.app ?? ""];
      const indexes = { app, again: (one: KubeObject) => app(one), once: (one: KubeObject) => app(one) };
      const informer = new Informer({ client: serverOf(items), resource: THINGS, indexes });
      const seen = new Set<string>();
      informer.onChange((next) => {
        // As much as the handlers of some controllers.
        for (let times = 0; times < 16; times++) seen.add(JSON.parse(JSON.stringify(next)).metadata.name);
      });
      await measure("start", async () => {
        informer.start();
        await informer.synced;
      });
      expect(seen.size).toBe(count);
      await informer.stop();
    });
  });
});

describe("an indexer", { timeout: 60_000 }, () => {
  it.each<[string, (at: number) => string]>([
    ["in one namespace", () => "one"],
    ["in namespaces of their own", (at) => `n${at}`],
  ])("of many objects %s costs in proportion", async (_, namespaceOf) => {
    await expectInProportion(1000, async (count, measure) => {
      const indexer = new Indexer<KubeObject, "app">({ app: ({ metadata }) => [metadata.labels?.app ?? ""] });
      const version = (text: string) =>
        Array.from({ length: count }, (_, at) => object(namespaceOf(at), `o${at}`, text, { app: "same" }));
      const [first, second] = [version("1"), version("2")];
      const namespaces = [...new Set(first.map(({ metadata }) => metadata.namespace ?? ""))];
      const byNamespace = Map.groupBy(second, ({ metadata }) => metadata.namespace ?? "");
      await measure("replace", () => [...indexer.replace(first)]);
      await measure("list each namespace", () => {
        for (const one of namespaces) indexer.list(one);
      });
      await measure("replace each namespace", () => {
        for (const one of namespaces) Array.from(indexer.replace(byNamespace.get(one) ?? [], one));
      });
      await measure("set", () => {
        for (const one of first) indexer.set(one);
      });
      await measure("delete", () => {
        for (const { metadata } of first) indexer.delete(`${metadata.namespace}/${metadata.name}`);
      });
    });
  });

  it("of an object with many labels that each are a value of an index costs in proportion", async () => {
    await expectInProportion(1000, async (count, measure) => {
      const indexer = new Indexer<KubeObject, "label">({ label: ({ metadata }) => Object.keys(metadata.labels ?? {}) });
      const labels = Object.fromEntries(Array.from({ length: count }, (_, at) => [`l${at}`, ""]));
      await measure("set", () => {
        indexer.set(object("n", "o", "1", labels));
        indexer.set(object("n", "o", "2", labels));
      });
    });
  });
});
