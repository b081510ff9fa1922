import { describe, expect, it } from "vitest";
import type { Readiness } from "../../core/conditions/conditions.ts";
import { ApiError } from "../../kube/client/errors.ts";
import type { EventDetails } from "../../kube/event-recorder.ts";
import { reportFailure } from "./report-failure.ts";

const readiness: Readiness = { state: "stalled", reason: "PushRejected", message: "a hook declined" };
const refusal = new ApiError({ code: 403, reason: "Forbidden", message: "no status" });

async function report(write: () => Promise<unknown>, told = readiness): Promise<readonly EventDetails[]> {
  const recorded: EventDetails[] = [];
  const events = { record: (_: unknown, details: EventDetails) => void recorded.push(details) };
  await reportFailure(events, { metadata: { name: "x" } }, { readiness: told, action: "Reconcile", write });
  return recorded;
}

describe("reportFailure", () => {
  it("records no Event where the conditions have it", async () => {
    let writes = 0;
    expect(await report(async () => void writes++)).toEqual([]);
    expect(writes).toBe(1);
  });

  it("records an Event where the API server refuses the conditions, with both reasons", async () => {
    const [event] = await report(() => Promise.reject(refusal));
    const note = "a hook declined; status cannot say so: no status";
    expect(event).toEqual({ type: "Warning", reason: "PushRejected", action: "Reconcile", note });
  });

  it("says it once where the refusal is the failure", async () => {
    const same = { ...readiness, reason: "APIRequestRefused", message: "the API server refuses: no status" };
    expect(await report(() => Promise.reject(refusal), same)).toMatchObject([{ note: same.message }]);
  });

  it.each([
    ["a conflict", new ApiError({ code: 409, reason: "Conflict", message: "x" })],
    ["an object that is gone", new ApiError({ code: 404, reason: "NotFound", message: "x" })],
    ["a bug", new TypeError("x")],
  ])("leaves the failure to its retry after %s, and does not hide it", async (_, error) => {
    expect(await report(() => Promise.reject(error))).toEqual([]);
  });
});
