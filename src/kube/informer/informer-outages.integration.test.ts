import { describe, expect, vi } from "vitest";
import { isExpired } from "../client/errors.ts";
import { configMap, configMaps, defineKind } from "../testing/cluster.ts";
import { it, watchFromFuture } from "../testing/informer-test.ts";

describe("Informer", () => {
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
});
