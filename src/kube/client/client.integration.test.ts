import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { describe, expect, inject } from "vitest";
import { asPartialMetadata } from "../../api/meta.ts";
import { clusterTest, configMap, configMaps, connect, namespaces, testCluster } from "../testing/cluster.ts";
import { startConnectProxy } from "../testing/connect-proxy.ts";
import { startTcpProxy } from "../testing/tcp-proxy.ts";
import type { ObservedCall } from "./api-request.ts";
import {
  ConnectionError,
  isAlreadyExists,
  isConflict,
  isForbidden,
  isInvalid,
  isNotFound,
  ResponseTooLargeError,
} from "./errors.ts";

/** The error of a call that must fail. */
const failure = async (promise: Promise<unknown>): Promise<unknown> =>
  await promise.then(
    () => expect.fail("no error"),
    (error: unknown) => error,
  );

const it = clusterTest
  .extend("calls", { scope: "file" }, () => [] as ObservedCall[])
  .extend("client", { scope: "file" }, async ({ calls }, { onCleanup }) => {
    const client = connect({ observe: (call) => calls.push(call) });
    onCleanup(async () => await client.close());
    return client;
  })
  /** A proxy to the API server, and a client that uses it. */
  .extend("proxy", async ({}, { onCleanup }) => {
    const proxy = await startTcpProxy(testCluster().server);
    onCleanup(async () => await proxy.close());
    return proxy;
  })
  .extend("proxied", async ({ proxy }, { onCleanup }) => {
    const client = connect({ cluster: { ...testCluster(), server: proxy.url }, connections: 1 });
    onCleanup(async () => await client.close());
    return client;
  });

describe("KubeClient", () => {
  it("creates, gets, updates, patches and deletes", async ({ client, namespace }) => {
    const key = { namespace, name: "life" };
    const created = await client.create(configMaps, configMap(namespace, "life", { a: "1" }));
    expect(created).toMatchObject({ kind: "ConfigMap", apiVersion: "v1", data: { a: "1" } });
    expect(created.metadata.managedFields).toMatchObject([{ manager: "pkgserver" }]);
    await client.update(configMaps, { ...created, data: { a: "2" } });
    await client.patch(configMaps, key, { kind: "merge", body: { data: { b: "3" } } });
    await client.patch(configMaps, key, { kind: "json", body: [{ op: "remove", path: "/data/a" }] });
    expect((await client.get(configMaps, key)).data).toEqual({ b: "3" });
    await client.delete(configMaps, key);
    expect(isNotFound(await failure(client.get(configMaps, key)))).toBe(true);
  });

  it("takes over the fields of another manager only in a forced apply", async ({ client, namespace }) => {
    const key = { namespace, name: "applied" };
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

  it("changes only the status with patchStatus, and everything else with patch", async ({ client, namespace }) => {
    const key = { name: namespace };
    const body = {
      metadata: { labels: { ignored: "yes" } },
      status: { conditions: [{ type: "Test", status: "True" }] },
    };
    const patched = await client.patchStatus(namespaces, key, { kind: "merge", body });
    expect(patched).toMatchObject({ status: { conditions: [{ type: "Test" }] } });
    const labelled = await client.patch(namespaces, key, { kind: "merge", body: { status: { conditions: [] } } });
    expect(labelled).toMatchObject({ status: { conditions: [{ type: "Test" }] } });
  });

  it("stores nothing in a dry run", async ({ client, namespace }) => {
    await client.create(configMaps, configMap(namespace, "dry"), { dryRun: true });
    expect(isNotFound(await failure(client.get(configMaps, { namespace, name: "dry" })))).toBe(true);
  });

  it("distinguishes AlreadyExists, Conflict and Invalid", async ({ client, namespace }) => {
    const object = await client.create(configMaps, configMap(namespace, "taken"));
    expect(isAlreadyExists(await failure(client.create(configMaps, configMap(namespace, "taken"))))).toBe(true);
    await client.update(configMaps, { ...object, data: { a: "1" } });
    expect(isConflict(await failure(client.update(configMaps, { ...object, data: { a: "2" } })))).toBe(true);
    const invalid = await failure(client.create(configMaps, configMap(namespace, "Not A Name")));
    expect(isInvalid(invalid)).toBe(true);
    expect(invalid).toMatchObject({
      causes: [{ field: "metadata.name" }],
      message: expect.stringContaining("Not A Name"),
    });
  });

  it("deletes an object only if its preconditions hold", async ({ client, namespace }) => {
    const key = { namespace, name: "guarded" };
    const { metadata } = await client.create(configMaps, configMap(namespace, "guarded"));
    const other = { uid: "00000000-0000-0000-0000-000000000000" };
    expect(isConflict(await failure(client.delete(configMaps, key, { preconditions: other })))).toBe(true);
    await client.delete(configMaps, key, { preconditions: { uid: metadata.uid ?? "" } });
  });

  it("lists page by page, by label and by field", async ({ client, namespace }) => {
    const names = Array.from({ length: 25 }, (_, index) => `page-${String(index).padStart(2, "0")}`);
    await Promise.all(
      names.map((name) => {
        const object = configMap(namespace, name);
        return client.create(configMaps, { ...object, metadata: { ...object.metadata, labels: { test: "pages" } } });
      }),
    );
    const options = { namespace, labelSelector: "test=pages" };
    const first = await client.listPage(configMaps, { ...options, limit: 10 });
    expect(first).toMatchObject({ items: { length: 10 }, continue: expect.any(String) });
    expect(first.items[0]).toMatchObject({ kind: "ConfigMap", apiVersion: "v1" });
    const second = await client.listPage(configMaps, { ...options, limit: 100, continue: first.continue ?? "" });
    expect([...first.items, ...second.items].map(({ metadata }) => metadata.name)).toEqual(names);
    expect(second).toMatchObject({ continue: undefined, resourceVersion: first.resourceVersion });
    const one = await client.list(configMaps, { ...options, fieldSelector: "metadata.name=page-03" });
    expect(one.items.map(({ metadata }) => metadata.name)).toEqual(["page-03"]);
  });

  it("returns only metadata of a metadata-only resource", async ({ client, namespace }) => {
    const key = { namespace, name: "big" };
    await client.create(configMaps, configMap(namespace, "big", { a: "x".repeat(1000) }));
    const metadata = asPartialMetadata(configMaps);
    const got = await client.get(metadata, key);
    expect(got).toMatchObject({ kind: "PartialObjectMetadata", metadata: key });
    expect(got).not.toHaveProperty("data");
    const listed = await client.list(metadata, { namespace, fieldSelector: "metadata.name=big" });
    expect(listed.items).toMatchObject([{ kind: "PartialObjectMetadata", metadata: key }]);
    expect(listed.items[0]).not.toHaveProperty("data");
    const patched = await client.patch(metadata, key, { kind: "merge", body: { metadata: { labels: { a: "b" } } } });
    expect(patched).not.toHaveProperty("data");
    expect(patched.metadata.labels).toEqual({ a: "b" });
  });

  it("reports each call with its method, path and code", async ({ client, namespace, calls }) => {
    calls.length = 0;
    await failure(client.get(configMaps, { namespace, name: "missing" }));
    await client.create(configMaps, configMap(namespace, "observed"));
    expect(calls.map(({ method, code }) => [method, code])).toEqual([
      ["GET", 404],
      ["POST", 201],
    ]);
    expect(calls[0]?.path).toBe(`/api/v1/namespaces/${namespace}/configmaps/missing`);
  });

  it("does not reveal the token of a user whose call is forbidden", async ({ namespace }) => {
    const alice = connect({ cluster: testCluster("alice") });
    const error = await failure(alice.list(configMaps, { namespace }));
    expect(isForbidden(error)).toBe(true);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(inject("controlPlane").tokens.alice);
    await alice.close();
  });

  it("retries once with new credentials after a 401", async ({ namespace }) => {
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
    await other.get(namespaces, { name: namespace });
    expect(seen.map(({ code }) => code)).toEqual([401, 200]);
    await other.close();
  });

  it("fails a call at its time limit, and when its signal is aborted", async ({ namespace, proxy, proxied }) => {
    await proxied.get(namespaces, { name: namespace });
    proxy.freeze();
    const late = await failure(proxied.get(namespaces, { name: namespace }, { timeoutMs: 100 }));
    expect(late).toBeInstanceOf(ConnectionError);
    const message = `GET /api/v1/namespaces/${namespace}: no answer within 0.1 s`;
    expect(late).toMatchObject({ timedOut: true, message });
    const reason = new Error("stopping");
    expect(await failure(proxied.get(namespaces, { name: namespace }, { signal: AbortSignal.abort(reason) }))).toBe(
      reason,
    );
  });

  it("reads no more of an answer than the request allows", async ({ client }) => {
    const request = { method: "GET", path: "/version" } as const;
    const { length } = Buffer.from(await client.send({ ...request, maxBytes: 100_000 }));
    expect((await client.send({ ...request, maxBytes: length })).length).toBe(length);
    const error = await failure(client.send({ ...request, maxBytes: length - 1 }));
    expect(error).toBeInstanceOf(ResponseTooLargeError);
    expect(error).toMatchObject({ message: `GET /version: the answer has more than ${length - 1} bytes` });
    expect((await client.send(request)).length).toBe(length);
  });

  it("goes through a proxy, for requests and watches", async ({ namespace }) => {
    const proxy = await startConnectProxy();
    const client = connect({ cluster: { ...testCluster(), proxy: proxy.url } });
    expect((await client.get(namespaces, { name: namespace })).metadata.name).toBe(namespace);
    const stop = new AbortController();
    const watch = await client.watch(configMaps, { namespace, sendInitialEvents: true, signal: stop.signal });
    expect(proxy.asked.filter((target) => target === testCluster().server.host)).toHaveLength(2);
    watch.destroy();
    stop.abort();
    await client.close();
    await proxy.close();
  });

  it("lists and watches as tables, with the columns of the server and whole objects", async ({ client, namespace }) => {
    await client.create(configMaps, configMap(namespace, "in-table", { a: "1" }));
    const options = { namespace, fieldSelector: "metadata.name=in-table" };
    const table = await client.listTable(configMaps, options);
    expect(table.columnDefinitions.map(({ name }) => name)).toEqual(["Name", "Data", "Age"]);
    expect(table.rows).toMatchObject([{ cells: ["in-table", 1, expect.anything()], object: { data: { a: "1" } } }]);
    const stop = new AbortController();
    const more = { resourceVersion: table.metadata.resourceVersion, asTable: true, signal: stop.signal };
    const watch = await client.watch(configMaps, { ...options, ...more });
    await client.patch(configMaps, { namespace, name: "in-table" }, { kind: "merge", body: { data: { b: "2" } } });
    const [chunk] = (await once(watch, "data")) as [Buffer];
    expect(JSON.parse(String(chunk))).toMatchObject({
      type: "MODIFIED",
      object: { kind: "Table", rows: [{ cells: ["in-table", 2, expect.anything()] }] },
    });
    watch.destroy();
    stop.abort();
  });

  it("quotes nothing of an answer that is no JSON, which may be a Secret", async ({ namespace }) => {
    const server = createServer((_, response) => response.end("s3cret")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const client = connect({ cluster: { ...testCluster(), server: url } });
    const calls = [
      client.get(configMaps, { namespace, name: "a" }),
      client.list(configMaps, { namespace }),
      client.listTable(configMaps, { namespace }),
    ];
    const isRefused = async (call: Promise<unknown>) =>
      await expect(call).rejects.toThrow(/^GET \S+: the answer is no JSON$/);
    await Promise.all(calls.map(isRefused));
    await client.close();
    server.close();
  });

  it("reports a refused connection, and works again when the server is back", async ({ namespace, proxy, proxied }) => {
    await proxied.get(namespaces, { name: namespace });
    await proxy.cut();
    const error = await failure(proxied.get(namespaces, { name: namespace }));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ timedOut: false, message: expect.stringContaining("ECONNREFUSED") });
    await proxy.restore();
    expect((await proxied.get(namespaces, { name: namespace })).metadata.name).toBe(namespace);
  });
});
