/** `unknown`: it could not be looked at, such as for a missing right. */
export type FindingState = "ok" | "warning" | "problem" | "unknown";

export interface Finding {
  readonly check: string;
  readonly state: FindingState;
  /** What is so, and where. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}
