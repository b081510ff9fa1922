import { it as base, describe, expect } from "vitest";
import type { KubeObject } from "../../api/meta.ts";
import { Indexer, type ObjectChange } from "./indexer.ts";

const object = (key: string, resourceVersion: string, labels: Record<string, string> = {}): KubeObject => {
  const [namespace = "", name = ""] = key.split("/");
  return { metadata: { namespace, name, uid: `uid-${key}`, resourceVersion, labels } };
};

const it = base.extend(
  "indexer",
  () =>
    new Indexer<KubeObject, "app">({
      app: ({ metadata }) => (metadata.labels?.app === undefined ? [] : [metadata.labels.app]),
    }),
);

const replace = (indexer: Indexer<KubeObject, "app">, objects: Iterable<KubeObject>, namespace?: string) =>
  [...indexer.replace(objects, namespace)].flatMap((change) => change ?? []);

const summarize = ({ next, previous }: ObjectChange<KubeObject>) =>
  [previous, next].map((version) => version && `${version.metadata.name}@${version.metadata.resourceVersion}`);

describe("Indexer", () => {
  it("reports new, changed and deleted objects on replace, and no others", ({ indexer }) => {
    replace(indexer, [object("n/same", "1"), object("n/older", "2"), object("n/deleted", "3")]);
    const changes = replace(indexer, [object("n/same", "1"), object("n/older", "5"), object("n/new", "6")]);
    expect(changes.map(summarize)).toEqual([
      ["older@2", "older@5"],
      [undefined, "new@6"],
      ["deleted@3", undefined],
    ]);
    expect(indexer.list().map(({ metadata }) => metadata.name)).toEqual(["same", "older", "new"]);
  });

  it("replaces the objects of one namespace and keeps the others", ({ indexer }) => {
    replace(indexer, [object("a/1", "1"), object("b/1", "1")]);
    expect(replace(indexer, [], "a")).toHaveLength(1);
    expect(indexer.list("a")).toEqual([]);
    expect(indexer.list("b")).toHaveLength(1);
  });

  it("reports an object that was recreated with the same name and version as a change", ({ indexer }) => {
    const first = object("a/1", "1");
    const second = { metadata: { ...first.metadata, uid: "other" } };
    indexer.set(first);
    expect(indexer.set(second)).toEqual({ next: second, previous: first });
    expect(indexer.set(second)).toBeUndefined();
  });

  it("updates its indexes on set, delete and replace", ({ indexer }) => {
    replace(indexer, [object("a/1", "1", { app: "x" }), object("a/2", "1", { app: "x" }), object("a/3", "1")]);
    expect(indexer.byIndex("app", "x")).toHaveLength(2);
    indexer.set(object("a/1", "2", { app: "y" }));
    indexer.delete("a/2");
    expect(indexer.byIndex("app", "x")).toEqual([]);
    expect(indexer.byIndex("app", "y")).toEqual([indexer.get("a/1")]);
  });

  it("accepts names of JavaScript's own properties", ({ indexer }) => {
    indexer.set(object("a/__proto__", "1", { app: "constructor" }));
    expect(indexer.get("a/__proto__")).toBeDefined();
    expect(indexer.byIndex("app", "constructor")).toHaveLength(1);
    expect(indexer.byIndex("app", "toString")).toEqual([]);
  });

  it("reports nothing for the same version, and for the deletion of an unknown key", ({ indexer }) => {
    indexer.set(object("a/1", "1"));
    expect(indexer.set(object("a/1", "1", { app: "ignored" }))).toBeUndefined();
    expect(indexer.byIndex("app", "ignored")).toEqual([]);
    expect([indexer.delete("a/2"), indexer.size]).toEqual([undefined, 1]);
    expect(indexer.delete("a/1")).toEqual({ next: undefined, previous: object("a/1", "1") });
    expect([indexer.size, indexer.get("a/1")]).toEqual([0, undefined]);
  });

  it("keeps the other objects of an index value when one is deleted", ({ indexer }) => {
    for (const name of ["1", "2"]) indexer.set(object(`a/${name}`, "1", { app: "x" }));
    indexer.delete("a/1");
    expect(indexer.byIndex("app", "x")).toEqual([indexer.get("a/2")]);
  });
});
