import type { Readiness } from "../conditions/conditions.ts";

/** Nothing to do for a variant until something changes. */
export interface VariantReport {
  readonly kind: "report";
  readonly readiness: Readiness;
}

export function report(state: Readiness["state"], reason: string, message: string): VariantReport {
  return { kind: "report", readiness: { state, reason, message } };
}
