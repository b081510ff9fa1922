import { randomBytes } from "node:crypto";
import { describe, expect, inject } from "vitest";
import { waitUntil } from "../../../e2e/harness/wait.ts";
import type { KubeObject, Resource } from "../../api/meta.ts";
import { readPublished } from "../../core/validation/schema/published-document.ts";
import { publishedSchemas } from "../../core/validation/schema/published-schemas.ts";
import type { ObservedCall } from "../client/api-request.ts";
import { ConnectionError } from "../client/errors.ts";
import { loadCluster } from "../client/kubeconfig.ts";
import { connect, clusterTest as it, testCluster } from "../testing/cluster.ts";
import { startTcpProxy } from "../testing/tcp-proxy.ts";
import { ClusterSchemas, type ClusterSchemasOptions } from "./cluster-schemas.ts";

const definitions: Resource<KubeObject & { readonly spec: object }> = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  namespaced: false,
};

function definitionOf(group: string, spec: object) {
  const schema = { type: "object", properties: { spec: { type: "object", properties: spec } } };
  const names = { kind: "Widget", plural: "widgets", singular: "widget", listKind: "WidgetList" };
  const version = { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } };
  return { metadata: { name: `widgets.${group}` }, spec: { group, scope: "Namespaced", names, versions: [version] } };
}

/** A client of a user without any role, and what it has sent. */
function open(options: Partial<ClusterSchemasOptions> = {}, server?: URL) {
  const calls: ObservedCall[] = [];
  const cluster = { ...testCluster("alice"), ...(server !== undefined && { server }) };
  const client = connect({ cluster, observe: (call) => void calls.push(call) });
  let clock = 0;
  const schemas = new ClusterSchemas({ client, now: () => clock, ...options });
  const pass = (ms: number) => {
    clock += ms;
  };
  /** The paths that were read since the last call of this function. */
  const read = () => calls.splice(0).map(({ path }) => path);
  return { schemas, pass, read, close: async () => await client.close() };
}

describe("ClusterSchemas", () => {
  it("loads what is asked for, once, as any user may", async ({ onTestFinished }) => {
    const { schemas, read, pass, close } = open();
    onTestFinished(close);
    const { documents, problems, version, failure } = await schemas.documents(["apps/v1", "v1", "apps/v1"]);
    expect([problems, failure]).toEqual([[], undefined]);
    expect(documents.map(({ apiVersion }) => apiVersion)).toEqual(["apps/v1", "v1"]);
    expect(read()).toEqual(["/openapi/v3", "/openapi/v3/apis/apps/v1", "/openapi/v3/api/v1"]);
    const find = publishedSchemas(documents);
    expect(find("apps/v1", "Deployment")?.validate({ spec: { replicas: "3" } })).not.toEqual([]);
    expect([find("apps/v1", "Pod"), find("batch/v1", "Job")]).toEqual([undefined, undefined]);
    pass(59_000);
    expect(await schemas.documents(["v1", "apps/v1"])).toEqual({ documents, version, problems });
    expect(read()).toEqual([]);
    pass(1_000);
    expect((await schemas.documents(["v1", "apps/v1"])).version).toBe(version);
    expect(read()).toEqual(["/openapi/v3"]);
  });

  it("loads nothing twice for those who ask at the same time", async ({ onTestFinished }) => {
    const { schemas, read, close } = open();
    onTestFinished(close);
    const [one, other] = await Promise.all([schemas.documents(["v1"]), schemas.documents(["v1"])]);
    expect(one).toEqual(other);
    expect(read()).toEqual(["/openapi/v3", "/openapi/v3/api/v1"]);
  });

  it("looks for a kind that it does not know, not more often than it may", async ({ client, onTestFinished }) => {
    const { schemas, read, pass, close } = open();
    onTestFinished(close);
    const group = `s${randomBytes(5).toString("hex")}.pkgserver.test`;
    const ask = async () => await schemas.documents([`${group}/v1`]);
    const none = await ask();
    expect(none).toMatchObject({ documents: [], problems: [] });
    expect(read()).toEqual(["/openapi/v3"]);
    await ask();
    expect(read()).toEqual([]);
    await client.create(definitions, definitionOf(group, { size: { type: "integer" } }));
    onTestFinished(async () => await client.delete(definitions, { name: `widgets.${group}` }).catch(() => undefined));
    const kindOf = async () => publishedSchemas((await ask()).documents)(`${group}/v1`, "Widget");
    const found = await waitUntil("the kind is published", async () => {
      pass(5_000);
      return await kindOf();
    });
    expect(found.isCustom).toBe(true);
    expect(found.validate({ spec: { size: "1" } })).toHaveLength(1);
    const before = await ask();
    expect(before.version).not.toBe(none.version);

    await schemas.refresh();
    const changed = definitionOf(group, { size: { type: "string" } });
    await client.patch(definitions, changed.metadata, { kind: "merge", body: { spec: changed.spec } });
    const changes = await waitUntil("the change is published", async () => await schemas.refresh(), {
      until: (names) => names.has(`${group}/v1`),
    });
    // Other tests change kinds of their own meanwhile.
    expect(["v1", "apps/v1"].filter((one) => changes.has(one))).toEqual([]);
    expect((await kindOf())?.validate({ spec: { size: "1" } })).toEqual([]);
    expect((await ask()).version).not.toBe(before.version);

    await client.delete(definitions, changed.metadata);
    await waitUntil("the kind is gone", async () => (await schemas.refresh()).has(`${group}/v1`));
    expect((await ask()).documents).toEqual([]);
  });

  it("keeps what it knows while the API server does not answer, and says so", async ({ onTestFinished }) => {
    const proxy = await startTcpProxy(testCluster().server);
    const { schemas, pass, close } = open({}, proxy.url);
    onTestFinished(async () => {
      await close();
      await proxy.close();
    });
    await proxy.cut();
    const unknown = await schemas.documents(["v1"]);
    expect(unknown).toMatchObject({ documents: [], problems: [expect.stringContaining("GET /openapi/v3")] });
    expect(unknown.failure).toBeInstanceOf(ConnectionError);
    await proxy.restore();
    expect((await schemas.documents(["v1"])).failure).toBeInstanceOf(ConnectionError);
    pass(5_000);
    const known = await schemas.documents(["v1"]);
    expect(known).toMatchObject({ problems: [], documents: [{ apiVersion: "v1" }] });
    await proxy.cut();
    pass(60_000);
    const kept = await schemas.documents(["v1"]);
    expect(kept).toMatchObject({ documents: known.documents, problems: [expect.stringContaining("/openapi/v3")] });
    expect(kept.failure).toBeUndefined();
    await proxy.restore();
    pass(5_000);
    expect(await schemas.documents(["v1"])).toEqual(known);
  });

  it("reads no document that is too large, and does not ask for it again", async ({ onTestFinished }) => {
    const { schemas, read, pass, close } = open({ maxBytes: 300_000 });
    onTestFinished(close);
    const { documents, problems } = await schemas.documents(["v1", "policy/v1"]);
    expect(documents.map(({ apiVersion }) => apiVersion)).toEqual(["policy/v1"]);
    expect(problems).toEqual([
      "the schemas of v1 are not known: GET /openapi/v3/api/v1: the answer has more than 300000 bytes",
    ]);
    read();
    pass(60_000);
    expect((await schemas.documents(["v1"])).problems).toEqual(problems);
    expect(read()).toEqual(["/openapi/v3"]);
  });

  it("does not wait for a document again that could not be read, for a time", async ({ onTestFinished }) => {
    let isBroken = true;
    const { schemas, read, pass, close } = open({
      read: async (apiVersion, text) => {
        if (isBroken) throw new Error("the worker process was ended");
        return readPublished(apiVersion, text);
      },
    });
    onTestFinished(close);
    const failed = await schemas.documents(["v1"]);
    expect(failed).toMatchObject({
      documents: [],
      problems: ["the schemas of v1 are not known: Error"],
      version: expect.any(String),
    });
    expect(failed.failure).toBeUndefined();
    read();
    isBroken = false;
    pass(59_000);
    expect((await schemas.documents(["v1"])).problems).toEqual(failed.problems);
    expect(read()).toEqual([]);
    pass(1_000);
    expect((await schemas.documents(["v1"])).documents).toHaveLength(1);
    expect(read()).toEqual(["/openapi/v3", "/openapi/v3/api/v1"]);
  });

  it("keeps no more than it may, and loads the rest when it is asked for", async ({ onTestFinished }) => {
    const { schemas, read, close } = open({ maxKept: 60_000 });
    onTestFinished(close);
    await schemas.documents(["apps/v1"]);
    await schemas.documents(["batch/v1"]);
    read();
    expect((await schemas.documents(["apps/v1"])).documents).toHaveLength(1);
    expect(read()).toEqual(["/openapi/v3/apis/apps/v1"]);
  });

  it("says why nothing is known, where the user may not read it", async ({ onTestFinished }) => {
    // admin impersonates a user of no group: every other one is of system:authenticated.
    const impersonate = { user: "system:anonymous", groups: ["system:unauthenticated"] };
    const cluster = loadCluster({ kubeconfig: inject("controlPlane").kubeconfigs.admin, impersonate });
    const client = connect({ cluster });
    onTestFinished(async () => await client.close());
    const schemas = new ClusterSchemas({ client });
    const { problems, failure } = await schemas.documents(["v1"]);
    expect(problems).toEqual([
      expect.stringMatching(/^the API server refuses GET \/openapi\/v3: .*system:anonymous.* cannot get path/),
    ]);
    expect(failure).toMatchObject({ code: 403 });
  });
});
