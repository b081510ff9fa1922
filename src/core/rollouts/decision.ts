import type { RolloutStatus } from "../../api/v1alpha1/rollout.ts";
import { sha256Hex } from "../identity/hash.ts";

/** What a person has decided on a rollout: the value of the annotation `rollout` of a set. */
export type Decision =
  /**
   * It goes on: nothing is waited for before waves up to `wave`, and so many failures are accepted. The id is that of
   * `resumeId`.
   */
  | { readonly kind: "resume"; readonly id: string; readonly wave: number; readonly failures: number }
  /** Nothing more goes out. */
  | { readonly kind: "abort"; readonly id: string }
  /** What went out gets what it had before. */
  | { readonly kind: "rollback"; readonly id: string };

const ID = "[0-9a-f]{8,32}";

/** Another one when the same rollout begins again with its first wave: what was decided before counts no longer. */
export function resumeId({ id, startTime }: Pick<RolloutStatus, "id" | "startTime">): string {
  return sha256Hex(`${id} ${startTime}`).slice(0, id.length);
}

/** The decision, if it is one on this rollout as it runs now. */
export function decisionOn(
  rollout: Pick<RolloutStatus, "id" | "startTime">,
  decision: Decision | undefined,
): Decision | undefined {
  const id = decision?.kind === "resume" ? resumeId(rollout) : rollout.id;
  return decision?.id === id ? decision : undefined;
}

/** Undefined for any other text. */
export function parseDecision(value: string | undefined): Decision | undefined {
  const resume = new RegExp(`^resume:(${ID}):([0-9]{1,4}):([0-9]{1,4})$`).exec(value ?? "");
  if (resume !== null) {
    const [, id = "", wave, failures] = resume;
    return { kind: "resume", id, wave: Number(wave), failures: Number(failures) };
  }
  const end = new RegExp(`^(abort|rollback):(${ID})$`).exec(value ?? "");
  return end === null ? undefined : { kind: end[1] === "abort" ? "abort" : "rollback", id: end[2] ?? "" };
}

export function formatDecision(decision: Decision): string {
  return decision.kind === "resume"
    ? `resume:${decision.id}:${decision.wave}:${decision.failures}`
    : `${decision.kind}:${decision.id}`;
}
