import type { Registry } from "prom-client";
import type { Route } from "./http-server.ts";

/** /metrics: everything in a registry, in Prometheus' text format. */
export function metricsRoute(registry: Registry): Route {
  return {
    path: "/metrics",
    handle: async () => ({ code: 200, type: registry.contentType, body: await registry.metrics() }),
  };
}
