import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../api/meta.ts";
import { Indexer, type ObjectChange } from "./indexer.ts";

const object = (key: string, resourceVersion: string, labels: Record<string, string> = {}): KubeObject => {
  const [namespace = "", name = ""] = key.split("/");
  return { metadata: { namespace, name, uid: `uid-${key}`, resourceVersion, labels } };
};

const create = () =>
  new Indexer<KubeObject, "app">({
    app: ({ metadata }) => (metadata.labels?.app === undefined ? [] : [metadata.labels.app]),
  });

const summarize = ({ next, previous }: ObjectChange<KubeObject>) =>
  [previous, next].map((one) => one && `${one.metadata.name}@${one.metadata.resourceVersion}`);

describe("kube/store", () => {
  it("finds on replace what is new, what is newer and what is gone, and nothing else", () => {
    const store = create();
    store.replace([object("n/same", "1"), object("n/older", "2"), object("n/gone", "3")]);
    const changes = store.replace([object("n/same", "1"), object("n/older", "5"), object("n/new", "6")]);
    expect(changes.map(summarize)).toEqual([
      ["older@2", "older@5"],
      [undefined, "new@6"],
      ["gone@3", undefined],
    ]);
    expect(store.list().map(({ metadata }) => metadata.name)).toEqual(["same", "older", "new"]);
  });

  it("replaces one namespace and leaves the others", () => {
    const store = create();
    store.replace([object("a/1", "1"), object("b/1", "1")]);
    expect(store.replace([], "a")).toHaveLength(1);
    expect(store.list("a")).toEqual([]);
    expect(store.list("b")).toHaveLength(1);
  });

  it("sees an object made anew under its name as a change, whatever its version", () => {
    const store = create();
    const first = object("a/1", "1");
    const second = { metadata: { ...first.metadata, uid: "other" } };
    store.set(first);
    expect(store.set(second)).toEqual({ next: second, previous: first });
    expect(store.set(second)).toBeUndefined();
  });

  it("keeps its indexes", () => {
    const store = create();
    store.replace([object("a/1", "1", { app: "x" }), object("a/2", "1", { app: "x" }), object("a/3", "1")]);
    expect(store.byIndex("app", "x")).toHaveLength(2);
    store.set(object("a/1", "2", { app: "y" }));
    store.delete("a/2");
    expect(store.byIndex("app", "x")).toEqual([]);
    expect(store.byIndex("app", "y")).toEqual([store.get("a/1")]);
  });

  it("takes names that mean something to JavaScript", () => {
    const store = create();
    store.set(object("a/__proto__", "1", { app: "constructor" }));
    expect(store.get("a/__proto__")).toBeDefined();
    expect(store.byIndex("app", "constructor")).toHaveLength(1);
    expect(store.byIndex("app", "toString")).toEqual([]);
  });
});
