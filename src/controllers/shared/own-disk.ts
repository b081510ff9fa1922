import type { RetryDecision } from "../../runtime/controller.ts";

/** A look at the operator's own disk costs nobody else anything, and all work waits for it: it is taken steadily, not more and more seldom. */
export const RETRY_ON_DISK: RetryDecision = { retry: "after", ms: 5_000, quiet: true };
