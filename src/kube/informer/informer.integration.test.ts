import { describe, expect, vi } from "vitest";
import { asPartialMetadata } from "../../api/meta.ts";
import { ApiError } from "../client/errors.ts";
import { configMap, configMaps, createNamespace, namespaces } from "../testing/cluster.ts";
import { it } from "../testing/informer-test.ts";
import { Informer } from "./informer.ts";

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
