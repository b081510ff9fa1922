import { describe, expect } from "vitest";
import type { KubeObject, Resource } from "../api/meta.ts";
import type { ObservedCall } from "./client/api-request.ts";
import { type Clock, systemClock } from "./clock.ts";
import { EventRecorder } from "./event-recorder.ts";
import { clusterTest, configMap, configMaps, connect } from "./testing/cluster.ts";

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

const reporter = { reportingController: "pkgserver.dev/test", reportingInstance: "test-0" };
const synced = { type: "Normal", reason: "Synced", action: "Sync", note: "synced at abc" } as const;

const it = clusterTest
  .extend("writes", { scope: "file" }, () => [] as ObservedCall[])
  .extend("client", { scope: "file" }, async ({ writes }, { onCleanup }) => {
    const client = connect({ observe: (call) => call.method !== "GET" && writes.push(call) });
    onCleanup(async () => await client.close());
    return client;
  })
  .extend("errors", () => [] as unknown[])
  .extend("time", () => ({ now: 0 }))
  .extend("recorder", ({ client, errors, time }) => {
    const clock: Clock = { ...systemClock, now: () => time.now };
    return new EventRecorder({ client, clock, onError: (error) => errors.push(error), ...reporter });
  })
  .extend("eventsOf", ({ client, namespace }) => async (name: string) => {
    const { items } = await client.list(events, { namespace, fieldSelector: `regarding.name=${name}` });
    return items;
  });

describe("EventRecorder", () => {
  it("writes an Event that refers to the object", async ({ client, namespace, recorder, errors, eventsOf }) => {
    const object = await client.create(configMaps, configMap(namespace, "plain"));
    recorder.record(object, { ...synced, type: "Warning", note: "é".repeat(2_000) });
    await recorder.flush();
    expect(errors).toEqual([]);
    const [event] = await eventsOf("plain");
    expect(event).toMatchObject({
      reason: "Synced",
      ...reporter,
      regarding: { kind: "ConfigMap", uid: object.metadata.uid },
    });
    expect(Buffer.byteLength(event?.note ?? "")).toBeLessThanOrEqual(1024);
  });

  it("counts repeats in few writes, and starts a new Event after ten minutes without one", async ({
    client,
    namespace,
    recorder,
    errors,
    time,
    writes,
    eventsOf,
  }) => {
    const object = await client.create(configMaps, configMap(namespace, "again"));
    writes.length = 0;
    for (let repeat = 0; repeat < 100; repeat++) recorder.record(object, synced);
    recorder.record(object, { ...synced, note: "synced at def" });
    await recorder.flush();
    expect(writes.map(({ method }) => method)).toEqual(["POST", "PATCH", "POST"]);
    const counted = (await eventsOf("again")).find(({ note }) => note === synced.note);
    expect(counted?.series?.count).toBe(100);
    time.now += 10 * 60_000;
    recorder.record(object, synced);
    await recorder.flush();
    expect((await eventsOf("again")).filter(({ note }) => note === synced.note)).toHaveLength(2);
    expect(errors).toEqual([]);
  });

  it("creates another Event when the server has deleted the first one", async ({
    client,
    namespace,
    recorder,
    errors,
    eventsOf,
  }) => {
    const object = await client.create(configMaps, configMap(namespace, "expired"));
    recorder.record(object, synced);
    await recorder.flush();
    const [event] = await eventsOf("expired");
    await client.delete(events, { namespace, name: event?.metadata.name ?? "" });
    recorder.record(object, synced);
    await recorder.flush();
    recorder.record(object, synced);
    await recorder.flush();
    expect(await eventsOf("expired")).toHaveLength(1);
    expect(errors).toEqual([]);
  });

  it("records an object with the longest valid name", async ({ client, namespace, recorder, errors, eventsOf }) => {
    const name = `${"a".repeat(229)}.${"b".repeat(23)}`;
    const object = await client.create(configMaps, configMap(namespace, name));
    recorder.record(object, synced);
    await recorder.flush();
    expect(errors).toEqual([]);
    expect(await eventsOf(name)).toHaveLength(1);
  });

  it("reports rejected Events, drops those above 1,000 pending writes, and never throws", async ({
    namespace,
    recorder,
    errors,
    writes,
  }) => {
    const object = { kind: "ConfigMap", metadata: { namespace, name: "x", uid: "1" } };
    writes.length = 0;
    for (let index = 0; index < 1_100; index++) recorder.record(object, { ...synced, reason: "", note: String(index) });
    await recorder.flush();
    expect(errors.length).toBe(1_000);
    expect(writes.length).toBe(1_000);
    expect(errors[0]).toMatchObject({ code: 422 });
  });
});
