import { describe, expect } from "vitest";
import { configMap, configMaps, defineKind, clusterTest as it, namespaces } from "../testing/cluster.ts";
import { NotServedError, type ObjectOfCluster, ObjectReader, TooManyObjectsError } from "./object-reader.ts";

describe("ObjectReader", () => {
  it("reads one object, or all of a kind, with their types", async ({ client, namespace }) => {
    const reader = new ObjectReader(client);
    for (const name of ["a", "b"]) await client.create(configMaps, configMap(namespace, name, { is: name }));
    const type = { apiVersion: "v1", kind: "ConfigMap" };
    expect(await reader.read({ ...type, namespace, name: "a" })).toMatchObject([{ ...type, data: { is: "a" } }]);
    const all = await reader.read({ ...type, namespace });
    expect(all).toMatchObject([
      { ...type, data: { is: "a" } },
      { ...type, data: { is: "b" } },
    ]);
    expect((await reader.read(type)).length).toBeGreaterThanOrEqual(2);
    const named = await reader.read({ apiVersion: "v1", kind: "Namespace", name: namespace });
    expect(named).toMatchObject([{ kind: "Namespace", metadata: { name: namespace } }]);
  });

  it("has none of what is not there, nor of another scope", async ({ client, namespace }) => {
    const reader = new ObjectReader(client);
    const type = { apiVersion: "v1", kind: "ConfigMap" };
    expect(await reader.read({ ...type, namespace, name: "missing" })).toEqual([]);
    expect(await reader.read({ ...type, name: "no-namespace" })).toEqual([]);
    expect(await reader.read({ apiVersion: "v1", kind: "Namespace", name: namespace, namespace })).toEqual([]);
    expect(await reader.read({ apiVersion: "v1", kind: "Unknown", name: "a", namespace })).toEqual([]);
    expect(await reader.read({ apiVersion: "no.such.group/v1", kind: "ConfigMap", name: "a", namespace })).toEqual([]);
  });

  it("reaches nothing else by a name", async ({ client, namespace }) => {
    const reader = new ObjectReader(client);
    const wanted = { apiVersion: "v1", kind: "ConfigMap", namespace };
    for (const name of ["", ".", "..", "a/../../secrets", "a/b"])
      await expect(reader.read({ ...wanted, name })).rejects.toThrow(/^not a name/);
    for (const apiVersion of ["../v1", "apps/v1/namespaces", "v1/pods"])
      expect(await reader.read({ ...wanted, apiVersion, name: "a" }), apiVersion).toEqual([]);
  });

  it("reads custom kinds", async ({ client, namespace }) => {
    const things = await defineKind(client);
    await client.create(things, { metadata: { name: "one", namespace } });
    const type = { apiVersion: `${things.group}/v1`, kind: "Thing" };
    expect(await new ObjectReader(client).read({ ...type, namespace })).toMatchObject([
      { ...type, metadata: { name: "one" } },
    ]);
  });

  it("selects objects of a kind by labels, in pages, and keeps what is wanted of each", async ({
    client,
    namespace,
  }) => {
    const names = Array.from({ length: 120 }, (_, at) => `selected-${at}`);
    const labels = { fleet: "a" };
    await Promise.all(
      names.map((name) =>
        client.create(configMaps, { ...configMap(namespace, name), metadata: { name, namespace, labels } }),
      ),
    );
    await client.create(configMaps, configMap(namespace, "not-selected"));
    const wanted = { apiVersion: "v1", kind: "ConfigMap", namespace, labelSelector: "fleet=a" };
    const nameOf = ({ metadata }: ObjectOfCluster) => (metadata as { readonly name: string }).name;
    const found = await new ObjectReader(client).select({ ...wanted, isMetadataOnly: false }, nameOf);
    expect(found.toSorted()).toEqual(names.toSorted());
    const [first] = await new ObjectReader(client).select({ ...wanted, isMetadataOnly: true }, (object) => object);
    expect(first).toMatchObject({ metadata: { labels } });
    expect(first).not.toHaveProperty("data");
    const all = { ...wanted, labelSelector: "", isMetadataOnly: true };
    expect((await new ObjectReader(client).select(all, nameOf)).includes("not-selected")).toBe(true);
  });

  it("does not take a kind that is not served for one without objects", async ({ client, namespace }) => {
    const reader = new ObjectReader(client);
    const rest = { namespace, labelSelector: "", isMetadataOnly: true };
    for (const [apiVersion, kind] of [
      ["v1", "Unknown"],
      ["no.such.group/v1", "ConfigMap"],
    ] as const)
      await expect(reader.select({ apiVersion, kind, ...rest }, () => 1)).rejects.toThrow(NotServedError);
  });

  it("refuses a list of more than 500 objects", async ({ client }) => {
    const name = "many-objects";
    await client.create(namespaces, { metadata: { name } });
    const all = Array.from({ length: 501 }, (_, at) => client.create(configMaps, configMap(name, `map-${at}`)));
    await Promise.all(all);
    const reading = new ObjectReader(client).read({ apiVersion: "v1", kind: "ConfigMap", namespace: name });
    await expect(reading).rejects.toThrow(TooManyObjectsError);
    await client.delete(namespaces, { name });
  });
});
