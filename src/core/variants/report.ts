import type { Readiness } from "../conditions/conditions.ts";

/** Nothing to do for a variant until something changes. */
export interface VariantReport {
  readonly kind: "report";
  readonly readiness: Readiness;
  /** RFC 3339: since when more is about to be known. Until that has taken long, this is not worth a write. */
  readonly expectedSince?: string;
}

export function report(state: Readiness["state"], reason: string, message: string): VariantReport {
  return { kind: "report", readiness: { state, reason, message } };
}
