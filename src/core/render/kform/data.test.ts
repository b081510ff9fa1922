import { describe, expect, it } from "vitest";
import type { Block } from "./block.ts";
import { OutsideData } from "./data.ts";
import type { JsonObject } from "./given.ts";

const object = (name: string, more: object = {}): JsonObject => {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "ns" }, ...more };
};
const block = (type: Block["type"], id: string) =>
  ({ type, name: `cm.${id}`, variable: ["cm", id] }) as unknown as Block;
const given = (...objects: readonly JsonObject[]) =>
  objects.map((one, at) => ({ object: one, source: `given[${at}]` }));
const annotated = (annotations: object) => object("elsewhere", { metadata: { name: "elsewhere", annotations } });

describe("OutsideData", () => {
  it("takes the object of an instance, and no other one", () => {
    const others = [
      object("a", { apiVersion: "v2" }),
      object("a", { kind: "Secret" }),
      object("b"),
      object("a", { metadata: { name: "a" } }),
      object("a", { metadata: { name: "a", namespace: "other" } }),
    ];
    const outside = new OutsideData(given(...others), []);
    expect(outside.take(block("data", "x"), object("a"))).toBeUndefined();
    expect(outside.missing).toEqual([
      { block: "cm.x", apiVersion: "v1", kind: "ConfigMap", name: "a", namespace: "ns" },
    ]);
    expect(outside.unused.length).toBe(others.length);
  });

  it("does not call an input unused that was taken", () => {
    const outside = new OutsideData(given(object("a"), object("b")), given(object("c")));
    expect(outside.take(block("data", "x"), object("a"))).toBeInstanceOf(Map);
    expect(outside.unused.map(({ source }) => source)).toEqual(["given[1]"]);
  });

  it("lists an object once for each block that took it", () => {
    const outside = new OutsideData(given(object("a")), []);
    for (const id of ["x", "x", "y"]) outside.take(block("data", id), object("a"));
    expect(outside.taken.map((one) => one.block)).toEqual(["cm.x", "cm.y"]);
  });

  it.each([
    [{ "kform.dev/block-type": "data", "kform.dev/resource-id": "x" }, true],
    [{ "kform.dev/block-type": "data", "kform.dev/resource-id": "x", "kform.dev/resource-type": "cm" }, true],
    [{ "kform.dev/block-type": "data", "kform.dev/resource-id": "x", "kform.dev/resource-type": "other" }, false],
    [{ "kform.dev/block-type": "data", "kform.dev/resource-id": "y" }, false],
    [{ "kform.dev/block-type": "input", "kform.dev/resource-id": "x" }, false],
    [{ "kform.dev/resource-id": "x" }, false],
    [{ "kform.dev/block-type": "data" }, false],
  ])("takes an object with the annotations %j: %s", (annotations, isTaken) => {
    const outside = new OutsideData(given(annotated(annotations)), []);
    expect(outside.take(block("data", "x"), object("a")) !== undefined).toBe(isTaken);
  });

  it("makes a list of all objects of a kind, in the order in which they are given", () => {
    const all = [object("a"), object("b", { kind: "Secret" }), object("c", { apiVersion: "v2" }), object("d")];
    const list = new OutsideData(given(...all), []).take(block("list", "l"), object("any")) as ReadonlyMap<
      string,
      unknown
    >;
    expect([...list.keys()]).toEqual(["apiVersion", "kind", "items"]);
    expect(list.get("kind")).toBe("ConfigMapList");
    expect(list.get("items")).toHaveLength(2);
  });

  it("takes a list of the right kind as it is", () => {
    const wrong = { apiVersion: "v2", kind: "ConfigMapList", items: [1] };
    const right = { apiVersion: "v1", kind: "ConfigMapList", items: [] };
    const list = new OutsideData(given(wrong, right), []).take(block("list", "l"), object("any"));
    expect((list as ReadonlyMap<string, unknown>).get("items")).toEqual([]);
  });

  it("knows the status of a resource, and nothing else of it", () => {
    const outside = new OutsideData(given(object("a", { status: { ready: true } }), object("b")), []);
    expect(outside.statusOf(block("resource", "r"), object("a"))).toEqual(new Map([["ready", true]]));
    expect(outside.statusOf(block("resource", "r"), object("b"))).toBeUndefined();
    expect(outside.statusOf(block("resource", "r"), object("c"))).toBeUndefined();
    expect(outside.missing).toEqual([]);
  });
});
