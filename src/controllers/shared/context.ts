import type { KubeClient } from "../../kube/client/client.ts";
import type { EventRecorder } from "../../kube/event-recorder.ts";
import type { RootLogger } from "../../runtime/log.ts";
import type { Policies } from "../admission-policies/monitor.ts";
import type { ShardOwnership } from "../sharding/ownership.ts";

/** The dependencies of every controller, created once in the composition root. */
export interface ControllerContext {
  readonly client: KubeClient;
  readonly events: EventRecorder;
  readonly log: RootLogger;
  readonly ownership: ShardOwnership;
  readonly policies: Policies;
  /** Receives errors that are retried without anyone's doing, such as those of a watch handler. */
  readonly onError: (error: unknown) => void;
  /** The wall clock, for times that are shown or recorded; it may be wrong, and jump. */
  readonly now: () => Date;
  /** Monotonic milliseconds, for durations and delays. */
  readonly uptimeMs: () => number;
}
