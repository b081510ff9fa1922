import { Gauge, type Registry } from "prom-client";
import type { KubeClient } from "../../kube/client/client.ts";
import { systemClock } from "../../kube/clock.ts";
import type { Logger } from "../../runtime/log.ts";
import type { ControllerRegistry } from "../shared/controllers.ts";
import { EventChannel } from "../shared/event-channel.ts";
import {
  mutatingPolicies,
  mutatingPolicyBindings,
  validatingPolicies,
  validatingPolicyBindings,
} from "../shared/kinds.ts";
import { type Policies, type PoliciesChanged, PolicyMonitor } from "./monitor.ts";
import { monitorRunnable } from "./monitor-runnable.ts";
import { PolicyCache } from "./policy-cache.ts";
import { watchPolicies } from "./watches.ts";

export interface AdmissionPoliciesOptions {
  readonly client: KubeClient;
  readonly log: Logger;
  readonly onError: (error: unknown) => void;
  readonly metrics: Registry;
  readonly silenceMs?: number;
}

const KINDS = [
  { resource: validatingPolicies, optional: false },
  { resource: validatingPolicyBindings, optional: false },
  { resource: mutatingPolicies, optional: true },
  { resource: mutatingPolicyBindings, optional: true },
] as const;

/**
 * Registers the check that the admission policies are installed, bound, failing closed and of this version. It is no
 * part of the shards: every replica checks for itself.
 */
export function setupAdmissionPolicies(controllers: ControllerRegistry, options: AdmissionPoliciesOptions): Policies {
  const { client, log, onError, metrics } = options;
  const missing = new Gauge({
    name: "pkgserver_admission_policies_missing",
    help: "Admission policies and bindings that are missing or other than expected, or all if that is not known.",
    registers: [metrics],
  });
  const channel = new EventChannel<PoliciesChanged>(onError);
  const caches = KINDS.map(({ resource, optional }) => new PolicyCache({ ...options, resource, optional }));
  const monitor = new PolicyMonitor({
    caches,
    channel,
    uptimeMs: systemClock.now,
    report: (count) => missing.set(count),
  });
  watchPolicies(
    caches.map(({ informer }) => informer),
    monitor,
  );
  channel.subscribe(({ state }) => {
    if (state.kind === "enforced") log.info("the admission policies are enforced");
    else log.warn("nothing is published: the admission policies are not enforced", { ...state });
  });
  controllers.addRunnable(monitorRunnable({ client, caches, monitor, clock: systemClock, onError }));
  return monitor;
}
