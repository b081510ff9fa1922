import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubeObject, Resource } from "../api/meta.ts";
import type { ObservedCall } from "./client/transport.ts";
import { type Clock, systemClock } from "./clock.ts";
import { cutToBytes, EventRecorder } from "./event-recorder.ts";
import { configMap, configMaps, connect, createNamespace, namespaces } from "./testing/cluster.ts";

interface SeenEvent extends KubeObject {
  readonly reason: string;
  readonly note: string;
  readonly regarding: object;
  readonly series?: { readonly count: number };
}

const events: Resource<SeenEvent> = {
  group: "events.k8s.io",
  version: "v1",
  plural: "events",
  kind: "Event",
  namespaced: true,
};

const writes: ObservedCall[] = [];
const client = connect({ observe: (call) => call.method !== "GET" && writes.push(call) });
const errors: unknown[] = [];
let now = 0;
const clock: Clock = { ...systemClock, now: () => now };
const reporter = { reportingController: "pkgserver.dev/test", reportingInstance: "test-0" };
let ns: string;

const recorder = () => new EventRecorder({ client, clock, onError: (error) => errors.push(error), ...reporter });
const eventsOf = async (name: string) =>
  (await client.list(events, { namespace: ns, fieldSelector: `regarding.name=${name}` })).items;
const synced = { type: "Normal", reason: "Synced", action: "Sync", note: "synced at abc" } as const;

describe("kube/events", () => {
  beforeAll(async () => {
    ns = await createNamespace(client);
  });
  afterAll(async () => {
    await client.delete(namespaces, { name: ns });
    await client.close();
  });

  it("writes what kubectl shows about an object", async () => {
    const object = await client.create(configMaps, configMap(ns, "plain"));
    const record = recorder();
    record.record(object, { ...synced, type: "Warning", note: "é".repeat(2_000) });
    await record.flush();
    expect(errors).toEqual([]);
    const [event] = await eventsOf("plain");
    expect(event).toMatchObject({
      reason: "Synced",
      ...reporter,
      regarding: { kind: "ConfigMap", uid: object.metadata.uid },
    });
    expect(Buffer.byteLength(event?.note ?? "")).toBeLessThanOrEqual(1024);
  });

  it("counts what happens again, in few writes, and begins anew after a pause", async () => {
    const object = await client.create(configMaps, configMap(ns, "again"));
    const record = recorder();
    writes.length = 0;
    for (let repeat = 0; repeat < 100; repeat++) record.record(object, synced);
    record.record(object, { ...synced, note: "synced at def" });
    await record.flush();
    expect(writes.map(({ method }) => method)).toEqual(["POST", "PATCH", "POST"]);
    const counted = (await eventsOf("again")).find(({ note }) => note === synced.note);
    expect(counted?.series?.count).toBe(100);
    now += 10 * 60_000;
    record.record(object, synced);
    await record.flush();
    expect((await eventsOf("again")).filter(({ note }) => note === synced.note)).toHaveLength(2);
    expect(errors).toEqual([]);
  });

  it("begins anew when the server has let the event go", async () => {
    const object = await client.create(configMaps, configMap(ns, "expired"));
    const record = recorder();
    record.record(object, synced);
    await record.flush();
    const [event] = await eventsOf("expired");
    await client.delete(events, { namespace: ns, name: event?.metadata.name ?? "" });
    record.record(object, synced);
    await record.flush();
    record.record(object, synced);
    await record.flush();
    expect(await eventsOf("expired")).toHaveLength(1);
    expect(errors).toEqual([]);
  });

  it("takes the longest name there is", async () => {
    const name = `${"a".repeat(229)}.${"b".repeat(23)}`;
    const object = await client.create(configMaps, configMap(ns, name));
    const record = recorder();
    record.record(object, synced);
    await record.flush();
    expect(errors).toEqual([]);
    expect(await eventsOf(name)).toHaveLength(1);
  });

  it("reports what is refused, drops what is too much, and never throws", async () => {
    const record = recorder();
    const object = { kind: "ConfigMap", metadata: { namespace: ns, name: "x", uid: "1" } };
    writes.length = 0;
    for (let index = 0; index < 1_100; index++) record.record(object, { ...synced, reason: "", note: String(index) });
    await record.flush();
    expect(errors.length).toBe(1_000);
    expect(writes.length).toBe(1_000);
    expect(errors[0]).toMatchObject({ code: 422 });
  });

  it.each([
    ["short", 1024, "short"],
    ["abcdef", 5, "ab…"],
    ["ééé", 5, "é…"],
    ["a😀b", 5, "a…"],
  ])("cuts %j to %i bytes", (text, bytes, expected) => {
    expect(cutToBytes(text, bytes)).toBe(expected);
  });
});
