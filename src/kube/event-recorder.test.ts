import { describe, expect, it, vi } from "vitest";
import type { KubeObject } from "../api/meta.ts";
import { ApiError } from "./client/errors.ts";
import { EventRecorder } from "./event-recorder.ts";

const objectIn = (namespace: string): KubeObject => ({ metadata: { namespace, name: "blue", uid: namespace } });
const detailsWith = (note: string) => ({ type: "Warning", reason: "Refused", action: "Sync", note }) as const;

/** A recorder whose writes do not end before `answer`; `namespaces` of those that were begun. */
function slowRecorder() {
  const { promise, resolve: answer } = Promise.withResolvers<void>();
  const namespaces: (string | undefined)[] = [];
  const create = vi.fn(async (_: unknown, { metadata }: KubeObject) => {
    namespaces.push(metadata.namespace);
    await promise;
  });
  const client = { create, patch: create } as unknown as ConstructorParameters<typeof EventRecorder>[0]["client"];
  const recorder = new EventRecorder({ client, reportingController: "c", reportingInstance: "i" });
  return { recorder, namespaces, answer, create };
}

describe("EventRecorder", () => {
  it("writes an event of one namespace next, and drops none, while another one has thousands", async () => {
    const { recorder, namespaces, answer } = slowRecorder();
    for (let at = 0; at < 2000; at++) recorder.record(objectIn("hostile"), detailsWith(`${at}`));
    recorder.record(objectIn("quiet"), detailsWith("a"));
    answer();
    await recorder.flush();
    expect(namespaces.indexOf("quiet")).toBeLessThanOrEqual(2);
    expect(namespaces.filter((one) => one === "hostile")).toHaveLength(1000);
  });

  it("counts events whose notes differ only in what is not shown as repeats", async () => {
    const { recorder, answer, create } = slowRecorder();
    for (const end of ["1", "2"]) recorder.record(objectIn("n"), detailsWith(`${"x".repeat(2_000_000)}${end}`));
    answer();
    await recorder.flush();
    expect(create).toHaveBeenCalledTimes(2);
    expect(create.mock.calls.map(([, body]) => JSON.stringify(body).length < 3000)).toEqual([true, true]);
  });

  it.each([
    ["a namespace that is being deleted", 403, [{ reason: "NamespaceTerminating" }], 0],
    ["a namespace that is gone", 404, [], 0],
    ["a policy that refuses it", 403, [], 1],
  ])("reports an event that is lost to %s so many times: %i %j → %i", async (_, code, causes, times) => {
    const error = new ApiError({ code, reason: "x", message: "x", causes });
    const client = { create: () => Promise.reject(error), patch: () => Promise.reject(error) };
    const onError = vi.fn();
    const recorder = new EventRecorder({ client, reportingController: "c", reportingInstance: "i", onError });
    recorder.record(objectIn("n"), detailsWith("a"));
    await recorder.flush();
    expect(onError).toHaveBeenCalledTimes(times);
  });
});
