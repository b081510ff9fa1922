import { describe, it } from "vitest";
import type { KubeObject } from "../../api/meta.ts";
import { expectInProportion } from "../../event-loop/testing/in-proportion.ts";
import { Indexer } from "./indexer.ts";

const object = (namespace: string, name: string, version: string, labels: Record<string, string> = {}): KubeObject => ({
  metadata: { namespace, name, uid: `${namespace}/${name}`, resourceVersion: version, labels },
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
      await measure("replace", () => indexer.replace(first));
      await measure("list each namespace", () => {
        for (const one of namespaces) indexer.list(one);
      });
      await measure("replace each namespace", () => {
        for (const one of namespaces) indexer.replace(byNamespace.get(one) ?? [], one);
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
