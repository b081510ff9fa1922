import type { Blocker, Observation } from "../observation.ts";

type Processed = Pick<Observation, "object">;

/** What is missing in a condition that must be True: a function or a rule that fails, or its result. */
const REASONS = {
  Rendered: { failed: "RenderFailed", running: "Rendering", what: "the render of this draft failed" },
  Validated: { failed: "ValidationFailed", running: "Validating", what: "the validation found errors" },
} as const;

/**
 * Why a draft cannot be proposed, or a proposal published: its render failed, its validation found errors, or one of
 * them is not done. A proposal is rendered no more.
 */
export function processingBlocker(observation: Processed, step: "proposed" | "published"): Blocker | undefined {
  const rendered = step === "proposed" ? conditionBlocker(observation, "Rendered") : undefined;
  return rendered ?? conditionBlocker(observation, "Validated");
}

/** Absent: the status was written by an earlier version, and the step looks itself. */
function conditionBlocker({ object }: Processed, type: keyof typeof REASONS): Blocker | undefined {
  const found = object.status?.conditions?.find((one) => one.type === type);
  const { failed, running, what } = REASONS[type];
  if (found === undefined || found.status === "True") return undefined;
  if (found.status === "Unknown") return { reason: running, message: found.message, kind: "waiting" };
  return { reason: failed, message: `${what}: ${found.message}`, kind: "stalled" };
}
