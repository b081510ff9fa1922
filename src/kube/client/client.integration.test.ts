import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { asPartialMetadata } from "../../api/meta.ts";
import { configMap, configMaps, connect, createNamespace, namespaces, testCluster } from "../testing/cluster.ts";
import { startWire } from "../testing/tcp-proxy.ts";
import { ConnectionError, isAlreadyExists, isConflict, isForbidden, isInvalid, isNotFound } from "./errors.ts";
import type { ObservedCall } from "./transport.ts";

const calls: ObservedCall[] = [];
const client = connect({ observe: (call) => calls.push(call) });
let ns: string;

const failure = async (promise: Promise<unknown>): Promise<unknown> =>
  await promise.then(
    () => expect.fail("no error"),
    (error: unknown) => error,
  );

describe("kube/client", () => {
  beforeAll(async () => {
    ns = await createNamespace(client);
  });
  afterAll(async () => {
    await client.delete(namespaces, { name: ns });
    await client.close();
  });

  it("creates, gets, updates, patches and deletes", async () => {
    const key = { namespace: ns, name: "life" };
    const created = await client.create(configMaps, configMap(ns, "life", { a: "1" }));
    expect(created).toMatchObject({ kind: "ConfigMap", apiVersion: "v1", data: { a: "1" } });
    expect(created.metadata.managedFields).toMatchObject([{ manager: "pkgserver" }]);
    await client.update(configMaps, { ...created, data: { a: "2" } });
    await client.patch(configMaps, key, { kind: "merge", body: { data: { b: "3" } } });
    await client.patch(configMaps, key, { kind: "json", body: [{ op: "remove", path: "/data/a" }] });
    expect((await client.get(configMaps, key)).data).toEqual({ b: "3" });
    await client.delete(configMaps, key);
    expect(isNotFound(await failure(client.get(configMaps, key)))).toBe(true);
  });

  it("applies as a field manager, and takes fields over only when forced", async () => {
    const key = { namespace: ns, name: "applied" };
    const body = (value: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: key, data: { a: value } });
    await client.patch(configMaps, key, { kind: "apply", body: body("1") }, { fieldManager: "one" });
    const refused = await failure(
      client.patch(configMaps, key, { kind: "apply", body: body("2") }, { fieldManager: "two" }),
    );
    expect(isConflict(refused)).toBe(true);
    expect(refused).toMatchObject({ causes: [{ reason: "FieldManagerConflict", field: ".data.a" }] });
    const forced = await client.patch(
      configMaps,
      key,
      { kind: "apply", body: body("2"), force: true },
      { fieldManager: "two" },
    );
    expect(forced.data).toEqual({ a: "2" });
  });

  it("patches the status and nothing else", async () => {
    const key = { name: ns };
    const body = {
      metadata: { labels: { ignored: "yes" } },
      status: { conditions: [{ type: "Test", status: "True" }] },
    };
    const patched = await client.patchStatus(namespaces, key, { kind: "merge", body });
    expect(patched).toMatchObject({ status: { conditions: [{ type: "Test" }] } });
    const labelled = await client.patch(namespaces, key, { kind: "merge", body: { status: { conditions: [] } } });
    expect(labelled).toMatchObject({ status: { conditions: [{ type: "Test" }] } });
  });

  it("stores nothing in a dry run", async () => {
    await client.create(configMaps, configMap(ns, "dry"), { dryRun: true });
    expect(isNotFound(await failure(client.get(configMaps, { namespace: ns, name: "dry" })))).toBe(true);
  });

  it("tells refusals apart", async () => {
    const object = await client.create(configMaps, configMap(ns, "taken"));
    expect(isAlreadyExists(await failure(client.create(configMaps, configMap(ns, "taken"))))).toBe(true);
    await client.update(configMaps, { ...object, data: { a: "1" } });
    expect(isConflict(await failure(client.update(configMaps, { ...object, data: { a: "2" } })))).toBe(true);
    const invalid = await failure(client.create(configMaps, configMap(ns, "Not A Name")));
    expect(isInvalid(invalid)).toBe(true);
    expect(invalid).toMatchObject({
      causes: [{ field: "metadata.name" }],
      message: expect.stringContaining("Not A Name"),
    });
  });

  it("deletes only what the preconditions name", async () => {
    const key = { namespace: ns, name: "guarded" };
    const { metadata } = await client.create(configMaps, configMap(ns, "guarded"));
    const other = { uid: "00000000-0000-0000-0000-000000000000" };
    expect(isConflict(await failure(client.delete(configMaps, key, { preconditions: other })))).toBe(true);
    await client.delete(configMaps, key, { preconditions: { uid: metadata.uid ?? "" } });
  });

  it("lists page by page, by label and by field", async () => {
    const names = Array.from({ length: 25 }, (_, index) => `page-${String(index).padStart(2, "0")}`);
    await Promise.all(
      names.map((name) => {
        const object = configMap(ns, name);
        return client.create(configMaps, { ...object, metadata: { ...object.metadata, labels: { test: "pages" } } });
      }),
    );
    const options = { namespace: ns, labelSelector: "test=pages" };
    const first = await client.listPage(configMaps, { ...options, limit: 10 });
    expect(first).toMatchObject({ items: { length: 10 }, continue: expect.any(String) });
    expect(first.items[0]).toMatchObject({ kind: "ConfigMap", apiVersion: "v1" });
    const second = await client.listPage(configMaps, { ...options, limit: 100, continue: first.continue ?? "" });
    expect([...first.items, ...second.items].map(({ metadata }) => metadata.name)).toEqual(names);
    expect(second).toMatchObject({ continue: undefined, resourceVersion: first.resourceVersion });
    const one = await client.list(configMaps, { ...options, fieldSelector: "metadata.name=page-03" });
    expect(one.items.map(({ metadata }) => metadata.name)).toEqual(["page-03"]);
  });

  it("gets, lists and patches metadata alone", async () => {
    const key = { namespace: ns, name: "big" };
    await client.create(configMaps, configMap(ns, "big", { a: "x".repeat(1000) }));
    const metadata = asPartialMetadata(configMaps);
    const got = await client.get(metadata, key);
    expect(got).toMatchObject({ kind: "PartialObjectMetadata", metadata: key });
    expect(got).not.toHaveProperty("data");
    const listed = await client.list(metadata, { namespace: ns, fieldSelector: "metadata.name=big" });
    expect(listed.items).toMatchObject([{ kind: "PartialObjectMetadata", metadata: key }]);
    expect(listed.items[0]).not.toHaveProperty("data");
    const patched = await client.patch(metadata, key, { kind: "merge", body: { metadata: { labels: { a: "b" } } } });
    expect(patched).not.toHaveProperty("data");
    expect(patched.metadata.labels).toEqual({ a: "b" });
  });

  it("reports each call with its method and code", async () => {
    calls.length = 0;
    await failure(client.get(configMaps, { namespace: ns, name: "missing" }));
    await client.create(configMaps, configMap(ns, "observed"));
    expect(calls.map(({ method, code }) => [method, code])).toEqual([
      ["GET", 404],
      ["POST", 201],
    ]);
    expect(calls[0]?.path).toBe(`/api/v1/namespaces/${ns}/configmaps/missing`);
  });

  it("is refused as a user without rights, without saying its token", async () => {
    const alice = connect({ cluster: testCluster("alice") });
    const error = await failure(alice.list(configMaps, { namespace: ns }));
    expect(isForbidden(error)).toBe(true);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(inject("controlPlane").tokens.alice);
    await alice.close();
  });

  it("reads its credentials again after a 401, once", async () => {
    const good = testCluster();
    const seen: ObservedCall[] = [];
    let renewed = false;
    const cluster = {
      ...good,
      authHeaders: async () => (renewed ? await good.authHeaders() : { authorization: "Bearer expired" }),
      refresh: () => {
        renewed = true;
        return true;
      },
    };
    const other = connect({ cluster, observe: (call) => seen.push(call) });
    await other.get(namespaces, { name: ns });
    expect(seen.map(({ code }) => code)).toEqual([401, 200]);
    await other.close();
  });

  it("gives up after the time given, and when told to", async () => {
    const cluster = testCluster();
    const wire = await startWire(cluster.server);
    const slow = connect({ cluster: { ...cluster, server: wire.url }, connections: 1 });
    await slow.get(namespaces, { name: ns });
    wire.freeze();
    const late = await failure(slow.get(namespaces, { name: ns }, { timeoutMs: 100 }));
    expect(late).toBeInstanceOf(ConnectionError);
    expect(late).toMatchObject({ timedOut: true, message: `GET /api/v1/namespaces/${ns}: no answer within 0.1 s` });
    const reason = new Error("stopping");
    expect(await failure(slow.get(namespaces, { name: ns }, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    await slow.close();
    await wire.close();
  });

  it("says so when nobody answers, and works again when somebody does", async () => {
    const cluster = testCluster();
    const wire = await startWire(cluster.server);
    const other = connect({ cluster: { ...cluster, server: wire.url } });
    await other.get(namespaces, { name: ns });
    await wire.cut();
    const error = await failure(other.get(namespaces, { name: ns }));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ timedOut: false, message: expect.stringContaining("ECONNREFUSED") });
    await wire.restore();
    expect((await other.get(namespaces, { name: ns })).metadata.name).toBe(ns);
    await other.close();
    await wire.close();
  });
});
