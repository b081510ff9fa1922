import { Registry } from "prom-client";
import { it as base, describe, expect } from "vitest";
import { ControllerMetrics } from "./metrics.ts";

const it = base
  .extend("registry", () => new Registry())
  .extend("metrics", ({ registry }) => new ControllerMetrics(registry));

/** Lines of the text format, without those of histogram buckets. */
async function expose(registry: Registry): Promise<readonly string[]> {
  const text = await registry.metrics();
  return text.split("\n").filter((line) => line !== "" && !line.includes("_bucket{"));
}

describe("ControllerMetrics", () => {
  it("has the names, types and help texts of controller-runtime and client-go", async ({ registry, metrics }) => {
    expect(metrics).toBeDefined();
    expect((await expose(registry)).filter((line) => line.startsWith("#"))).toEqual([
      "# HELP controller_runtime_reconcile_total Total number of reconciliations per controller.",
      "# TYPE controller_runtime_reconcile_total counter",
      "# HELP controller_runtime_reconcile_errors_total Total number of reconciliation errors per controller.",
      "# TYPE controller_runtime_reconcile_errors_total counter",
      "# HELP controller_runtime_terminal_reconcile_errors_total Total number of terminal reconciliation " +
        "errors per controller.",
      "# TYPE controller_runtime_terminal_reconcile_errors_total counter",
      "# HELP controller_runtime_reconcile_time_seconds Length of time per reconciliation per controller.",
      "# TYPE controller_runtime_reconcile_time_seconds histogram",
      "# HELP controller_runtime_active_workers Number of currently used workers per controller.",
      "# TYPE controller_runtime_active_workers gauge",
      "# HELP controller_runtime_max_concurrent_reconciles Maximum number of concurrent reconciles per controller.",
      "# TYPE controller_runtime_max_concurrent_reconciles gauge",
      "# HELP workqueue_depth Current depth of workqueue.",
      "# TYPE workqueue_depth gauge",
      "# HELP workqueue_adds_total Total number of adds handled by workqueue.",
      "# TYPE workqueue_adds_total counter",
      "# HELP workqueue_retries_total Total number of retries handled by workqueue.",
      "# TYPE workqueue_retries_total counter",
      "# HELP workqueue_queue_duration_seconds How long in seconds an item stays in workqueue before being requested.",
      "# TYPE workqueue_queue_duration_seconds histogram",
      "# HELP workqueue_work_duration_seconds How long in seconds processing an item from workqueue takes.",
      "# TYPE workqueue_work_duration_seconds histogram",
    ]);
  });

  it("exposes a registered controller at zero, so that rate() sees its first error", async ({ registry, metrics }) => {
    metrics.register("repository", 16);
    expect((await expose(registry)).filter((line) => line.startsWith("controller_runtime"))).toEqual([
      'controller_runtime_reconcile_total{controller="repository",result="success"} 0',
      'controller_runtime_reconcile_total{controller="repository",result="error"} 0',
      'controller_runtime_reconcile_total{controller="repository",result="requeue"} 0',
      'controller_runtime_reconcile_total{controller="repository",result="requeue_after"} 0',
      'controller_runtime_reconcile_errors_total{controller="repository"} 0',
      'controller_runtime_terminal_reconcile_errors_total{controller="repository"} 0',
      'controller_runtime_active_workers{controller="repository"} 0',
      'controller_runtime_max_concurrent_reconciles{controller="repository"} 16',
    ]);
  });

  it("counts results, errors, terminal errors and durations", async ({ registry, metrics }) => {
    for (const _ of [1, 2, 3, 4]) metrics.started("repository");
    metrics.finished("repository", "success", 0.5, false);
    metrics.finished("repository", "error", 0.25, false);
    metrics.finished("repository", "error", 0.25, true);
    expect((await expose(registry)).filter((line) => line.startsWith("controller_runtime"))).toEqual([
      'controller_runtime_reconcile_total{controller="repository",result="success"} 1',
      'controller_runtime_reconcile_total{controller="repository",result="error"} 2',
      'controller_runtime_reconcile_errors_total{controller="repository"} 2',
      'controller_runtime_terminal_reconcile_errors_total{controller="repository"} 1',
      'controller_runtime_reconcile_time_seconds_sum{controller="repository"} 1',
      'controller_runtime_reconcile_time_seconds_count{controller="repository"} 3',
      'controller_runtime_active_workers{controller="repository"} 1',
    ]);
  });

  it("reports a work queue in seconds", async ({ registry, metrics }) => {
    const observer = metrics.queueObserver("repository");
    observer.added();
    observer.retried();
    observer.depth(7);
    observer.started(1_500);
    observer.finished(250);
    expect((await expose(registry)).filter((line) => line.startsWith("workqueue"))).toEqual([
      'workqueue_depth{name="repository"} 7',
      'workqueue_adds_total{name="repository"} 1',
      'workqueue_retries_total{name="repository"} 1',
      'workqueue_queue_duration_seconds_sum{name="repository"} 1.5',
      'workqueue_queue_duration_seconds_count{name="repository"} 1',
      'workqueue_work_duration_seconds_sum{name="repository"} 0.25',
      'workqueue_work_duration_seconds_count{name="repository"} 1',
    ]);
  });

  it("has the buckets of controller-runtime's dashboards", async ({ registry, metrics }) => {
    metrics.finished("repository", "success", 0, false);
    const observer = metrics.queueObserver("repository");
    observer.started(0);
    observer.finished(0);
    const bucketsOf = async (name: string) => {
      const { values } = (await registry.getSingleMetric(name)?.get()) ?? { values: [] };
      return values.flatMap(({ labels }) => ("le" in labels ? [labels.le] : []));
    };
    const reconcile = await bucketsOf("controller_runtime_reconcile_time_seconds");
    expect([reconcile.length, reconcile[0], reconcile.at(-2)]).toEqual([41, 0.005, 60]);
    const queue = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000, "+Inf"];
    expect(await bucketsOf("workqueue_queue_duration_seconds")).toEqual(queue);
    expect(await bucketsOf("workqueue_work_duration_seconds")).toEqual(queue);
  });
});
