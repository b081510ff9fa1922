import { Controller, type ControllerOptions } from "../../runtime/controller.ts";
import type { Logger } from "../../runtime/log.ts";
import type { Runnable } from "../../runtime/manager.ts";
import type { ControllerMetrics } from "../../runtime/metrics.ts";
import { retryDecisionOf } from "./classify-error.ts";
import type { InformerFactory } from "./informers.ts";

export interface ControllerRegistryOptions {
  readonly informers: InformerFactory;
  readonly log: Logger;
  readonly metrics: ControllerMetrics;
}

/**
 * Where the `setup.ts` of each controller registers its informers, workers and runnables. A kind is added by a module
 * with a `setup.ts` and one call of it in the composition root.
 */
export class ControllerRegistry {
  readonly informers: InformerFactory;
  readonly #options: ControllerRegistryOptions;
  readonly #runnables: Runnable[] = [];
  readonly #controllers: Controller[] = [];

  constructor(options: ControllerRegistryOptions) {
    this.#options = options;
    this.informers = options.informers;
  }

  /** Registers the workers of a controller. Keys that are enqueued before they start wait. */
  register(options: Omit<ControllerOptions, "log" | "metrics">): Controller {
    const { log, metrics } = this.#options;
    const controller = new Controller({ classifyError: retryDecisionOf, ...options, log, metrics });
    this.#controllers.push(controller);
    return controller;
  }

  /** Registers a component of a controller: it starts when all informers have synced, and stops after all workers. */
  addRunnable(runnable: Runnable): void {
    this.#runnables.push(runnable);
  }

  /** In the order in which they start. */
  get runnables(): readonly Runnable[] {
    return [this.informers, ...this.#runnables, ...this.#controllers];
  }
}
