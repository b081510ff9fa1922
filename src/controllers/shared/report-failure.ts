import type { KubeObject } from "../../api/meta.ts";
import type { Readiness } from "../../core/conditions/conditions.ts";
import { isRefused } from "../../kube/client/errors.ts";
import type { EventRecorder } from "../../kube/event-recorder.ts";

interface Failure {
  readonly readiness: Readiness;
  /** As in `EventDetails`. */
  readonly action: string;
  /** Writes the conditions. */
  readonly write: () => Promise<unknown>;
}

/**
 * Reports why a reconcile failed: in the conditions of the object or, where the API server refuses those as well, by an
 * Event. Never rejects: the failure is what is logged and retried, and with it whatever else kept it from being
 * reported.
 */
export async function reportFailure(
  events: Pick<EventRecorder, "record">,
  object: KubeObject,
  { readiness, action, write }: Failure,
): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!isRefused(error)) return;
    const { reason, message } = readiness;
    const note = message.includes(error.message) ? message : `${message}; status cannot say so: ${error.message}`;
    events.record(object, { type: "Warning", reason, action, note });
  }
}
