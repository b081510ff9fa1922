import { describe, expect, it } from "vitest";
import { asPartialMetadata, type KubeObject, type Resource } from "../../api/meta.ts";
import { KubeClient } from "../../kube/client/client.ts";
import type { Cluster } from "../../kube/client/kubeconfig.ts";
import { InformerFactory } from "./informers.ts";

const things: Resource = { group: "test", version: "v1", plural: "things", kind: "Thing", namespaced: true };
const byName = ({ metadata }: KubeObject) => [metadata.name ?? ""];
const byUid = ({ metadata }: KubeObject) => [metadata.uid ?? ""];

/** No server listens there: the tests need no objects. */
const cluster: Cluster = {
  server: new URL("http://127.0.0.1:1"),
  contexts: [],
  proxy: undefined,
  namespace: "default",
  tls: async () => ({}),
  authHeaders: async () => ({}),
  refresh: () => false,
};

function createFactory(): InformerFactory {
  const client = new KubeClient({ cluster });
  return new InformerFactory({ client, namespaces: [], onError: () => {} });
}

describe("InformerFactory", () => {
  it("gives all controllers the same informer of a resource, with the indexes of all of them", () => {
    const informers = createFactory();
    const first = informers.forResource(things, { name: byName });
    const second = informers.forResource(things, { name: byName, uid: byUid });
    expect(second).toBe(first);
    expect(second.lister.byIndex("uid", "1")).toEqual([]);
  });

  it("keeps the informer of whole objects apart from that of their metadata", () => {
    const informers = createFactory();
    expect(informers.forResource(asPartialMetadata(things))).not.toBe(informers.forResource(things));
  });

  it("refuses two functions under one index name", () => {
    const informers = createFactory();
    informers.forResource(things, { name: byName });
    expect(() => informers.forResource(things, { name: byUid })).toThrow("index name has another function");
  });

  it("names the resources that have not been listed", () => {
    const informers = createFactory();
    informers.forResource(things);
    expect(() => informers.assertFresh()).toThrow("not listed yet: things");
  });

  it("refuses new informers and indexes once started", async () => {
    const informers = createFactory();
    informers.forResource(things);
    const stopping = new AbortController();
    const starting = informers.start(stopping.signal);
    stopping.abort();
    await starting;
    expect(() => informers.forResource(things)).toThrow("must be created before they are started");
    await informers.stop();
  });
});
