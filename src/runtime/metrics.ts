import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { QueueObserver } from "./workqueue/workqueue.ts";

export type ReconcileResult = "success" | "error" | "requeue" | "requeue_after";

/** Seconds, as in controller-runtime. */
const RECONCILE_BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];
/** Seconds, as in client-go. */
const QUEUE_BUCKETS = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000];

/**
 * The metrics of controllers, with the names and help texts of controller-runtime, so that its dashboards work. One per
 * registry.
 */
export class ControllerMetrics {
  readonly #total: Counter<"controller" | "result">;
  readonly #errors: Counter<"controller">;
  readonly #terminal: Counter<"controller">;
  readonly #seconds: Histogram<"controller">;
  readonly #active: Gauge<"controller">;
  readonly #max: Gauge<"controller">;
  readonly #depth: Gauge<"name">;
  readonly #adds: Counter<"name">;
  readonly #retries: Counter<"name">;
  readonly #queued: Histogram<"name">;
  readonly #worked: Histogram<"name">;

  constructor(registry: Registry) {
    const registers = [registry];
    const controller = ["controller"] as const;
    const name = ["name"] as const;
    this.#total = new Counter({
      name: "controller_runtime_reconcile_total",
      help: "Total number of reconciliations per controller.",
      labelNames: ["controller", "result"],
      registers,
    });
    this.#errors = new Counter({
      name: "controller_runtime_reconcile_errors_total",
      help: "Total number of reconciliation errors per controller.",
      labelNames: controller,
      registers,
    });
    this.#terminal = new Counter({
      name: "controller_runtime_terminal_reconcile_errors_total",
      help: "Total number of terminal reconciliation errors per controller.",
      labelNames: controller,
      registers,
    });
    this.#seconds = new Histogram({
      name: "controller_runtime_reconcile_time_seconds",
      help: "Length of time per reconciliation per controller.",
      labelNames: controller,
      buckets: RECONCILE_BUCKETS,
      registers,
    });
    this.#active = new Gauge({
      name: "controller_runtime_active_workers",
      help: "Number of currently used workers per controller.",
      labelNames: controller,
      registers,
    });
    this.#max = new Gauge({
      name: "controller_runtime_max_concurrent_reconciles",
      help: "Maximum number of concurrent reconciles per controller.",
      labelNames: controller,
      registers,
    });
    this.#depth = new Gauge({
      name: "workqueue_depth",
      help: "Current depth of workqueue.",
      labelNames: name,
      registers,
    });
    this.#adds = new Counter({
      name: "workqueue_adds_total",
      help: "Total number of adds handled by workqueue.",
      labelNames: name,
      registers,
    });
    this.#retries = new Counter({
      name: "workqueue_retries_total",
      help: "Total number of retries handled by workqueue.",
      labelNames: name,
      registers,
    });
    this.#queued = new Histogram({
      name: "workqueue_queue_duration_seconds",
      help: "How long in seconds an item stays in workqueue before being requested.",
      labelNames: name,
      buckets: QUEUE_BUCKETS,
      registers,
    });
    this.#worked = new Histogram({
      name: "workqueue_work_duration_seconds",
      help: "How long in seconds processing an item from workqueue takes.",
      labelNames: name,
      buckets: QUEUE_BUCKETS,
      registers,
    });
  }

  /** Creates a controller's series with the value 0: rate() needs a first sample. */
  register(controller: string, workers: number): void {
    for (const result of ["success", "error", "requeue", "requeue_after"] as const satisfies ReconcileResult[]) {
      this.#total.inc({ controller, result }, 0);
    }
    this.#errors.inc({ controller }, 0);
    this.#terminal.inc({ controller }, 0);
    this.#active.set({ controller }, 0);
    this.#max.set({ controller }, workers);
  }

  started(controller: string): void {
    this.#active.inc({ controller });
  }

  finished(controller: string, result: ReconcileResult, seconds: number, terminal: boolean): void {
    this.#active.dec({ controller });
    this.#total.inc({ controller, result });
    this.#seconds.observe({ controller }, seconds);
    if (result === "error") this.#errors.inc({ controller });
    if (terminal) this.#terminal.inc({ controller });
  }

  queueObserver(name: string): QueueObserver {
    return {
      added: () => this.#adds.inc({ name }),
      retried: () => this.#retries.inc({ name }),
      depth: (queued) => this.#depth.set({ name }, queued),
      started: (queuedMs) => this.#queued.observe({ name }, queuedMs / 1000),
      finished: (workedMs) => this.#worked.observe({ name }, workedMs / 1000),
    };
  }
}
