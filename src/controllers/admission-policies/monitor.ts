import { comparePolicies, type PolicyFinding } from "../../core/admission/compare-policies.ts";
import { type AdmissionObject, POLICY_COUNT, policiesFor } from "../../core/admission/policy-manifests.ts";
import { ENFORCED, ENFORCED_WITHOUT_NAMES, type PolicyState } from "../../core/admission/policy-state.ts";
import { canonicalJson } from "../../core/identity/canonical-json.ts";
import type { EventChannel } from "../shared/event-channel.ts";
import type { Knowledge } from "./policy-cache.ts";

/**
 * How long after a policy is back nothing is trusted yet: the API server enforces a new policy within a second or two,
 * and until then it admits what the policy would refuse.
 */
export const SETTLE_MS = 5_000;

/** A watch that is cut off is open again before that; longer, and it is reported. */
const REPORT_UNKNOWN_AFTER_MS = 15_000;

/** The state of the policies has changed. */
export type PoliciesChanged = { readonly kind: "policiesChanged"; readonly state: PolicyState };

/** What other controllers use of the monitor. */
export interface Policies {
  /** By the freshest knowledge of this replica; costs a step for each kind of policy, and no request. */
  readonly state: () => PolicyState;
  /** The state for conditions of Repositories: a moment without a watch changes nothing there. */
  readonly reported: () => PolicyState;
  readonly channel: Pick<EventChannel<PoliciesChanged>, "subscribe">;
}

export interface PolicyMonitorOptions {
  readonly caches: readonly { readonly resource: { readonly kind: string }; readonly knowledge: () => Knowledge }[];
  readonly channel: EventChannel<PoliciesChanged>;
  /** Monotonic milliseconds. */
  readonly uptimeMs: () => number;
  /** Receives how many policies and bindings are missing, or not known. */
  readonly report: (missing: number) => void;
}

/** Compares the admission policies of the cluster with those of this version. Each replica has its own. */
export class PolicyMonitor implements Policies {
  readonly channel: EventChannel<PoliciesChanged>;
  readonly #options: PolicyMonitorOptions;
  #expected: readonly AdmissionObject[] | { readonly problem: string } = { problem: "its own user name is not known" };
  /** Of the last evaluation; undefined while the cluster's policies are not known. */
  #findings: readonly PolicyFinding[] | undefined;
  #unknown = "not evaluated yet";
  /** By uptime. */
  #settledAt = 0;
  #reported: PolicyState = { kind: "unknown", message: "not evaluated yet" };
  #emitted = "";
  #unknownSince: number | undefined;
  /** `state` has held something back since the last event, as unknown. */
  #heldBack = false;
  #isStarted = false;

  constructor(options: PolicyMonitorOptions) {
    this.#options = options;
    this.channel = options.channel;
  }

  /** Sets the user name of the operator, which the policies exempt. */
  identify(username: string): void {
    this.#expected = policiesFor(username) ?? {
      problem: `the operator runs as ${username}, and the policies exempt a ServiceAccount: run it as that one`,
    };
    this.evaluate();
  }

  /** Reports why the user name is not known. */
  identificationFailed(message: string): void {
    this.#expected = { problem: message };
    this.evaluate();
  }

  /** Policies were not enforced for a moment, and are by now. */
  noteGap(): void {
    this.#settledAt = this.#options.uptimeMs() + SETTLE_MS;
  }

  state(): PolicyState {
    const state = this.#current();
    if (state.kind === "unknown") this.#heldBack = true;
    return state;
  }

  reported(): PolicyState {
    return this.#reported;
  }

  #current(): PolicyState {
    // A watch may have been cut off since the last change.
    const unknown = this.#unknownMessage();
    if (unknown !== undefined) return { kind: "unknown", message: unknown };
    if (this.#findings === undefined) return { kind: "unknown", message: this.#unknown };
    if (this.#findings.length > 0) return { kind: "missing", findings: this.#findings };
    const isSettled = this.#options.uptimeMs() >= this.#settledAt;
    if (!isSettled) return { kind: "missing", findings: [], settling: true };
    const isServed = this.#options.caches.every((cache) => cache.knowledge().kind !== "notServed");
    return isServed ? ENFORCED : ENFORCED_WITHOUT_NAMES;
  }

  /** Emits the first state: that of the first lists, if they came in time. */
  start(): void {
    this.#isStarted = true;
    this.evaluate();
  }

  /** Compares again, and emits the state if it has changed. Does nothing before `start`. */
  evaluate(): void {
    if (!this.#isStarted) return;
    const before = this.#findings ?? [];
    this.#unknown = this.#unknownMessage() ?? "";
    // What was missing before the API server was out of reach is remembered: it may be back when it answers again.
    if (this.#unknown === "") this.#findings = this.#compare();
    if (before.length > 0 && this.#findings?.length === 0) this.noteGap();
    const state = this.#current();
    if (this.#isBriefly(state)) return;
    const text = canonicalJson(state);
    // What was held back meanwhile is enqueued, also if the state is the same again.
    const isOver = this.#heldBack && state.kind !== "unknown";
    if (text === this.#emitted && !isOver) return;
    this.#heldBack = false;
    this.#emitted = text;
    this.#reported = state;
    this.#options.report(countMissing(state));
    this.channel.emit({ kind: "policiesChanged", state });
  }

  #isBriefly(state: PolicyState): boolean {
    const now = this.#options.uptimeMs();
    if (state.kind !== "unknown") this.#unknownSince = undefined;
    else this.#unknownSince ??= now;
    if (this.#unknownSince === undefined || this.#reported.kind === "unknown") return false;
    return now - this.#unknownSince < REPORT_UNKNOWN_AFTER_MS;
  }

  #compare(): readonly PolicyFinding[] | undefined {
    if ("problem" in this.#expected) return undefined;
    const live = this.#options.caches.flatMap((cache) => {
      const known = cache.knowledge();
      return known.kind === "known" ? [[cache.resource.kind, known.objects] as const] : [];
    });
    return comparePolicies(this.#expected, new Map(live));
  }

  /** Why the cluster's policies cannot be compared now; undefined if they can be. */
  #unknownMessage(): string | undefined {
    if ("problem" in this.#expected) return this.#expected.problem;
    const messages = this.#options.caches.flatMap((cache) => {
      const known = cache.knowledge();
      return known.kind === "unknown" ? [known.message] : [];
    });
    return messages.length === 0 ? undefined : messages.join("; ");
  }
}

function countMissing(state: PolicyState): number {
  if (state.kind === "unknown") return POLICY_COUNT;
  return state.kind === "missing" ? Math.max(state.findings.length, 1) : 0;
}
