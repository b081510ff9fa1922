/** What a person has decided on a rollout: the value of the annotation `rollout` of a set. */
export type Decision =
  /** It goes on: nothing is waited for before waves up to `wave`, and so many failures are accepted. */
  | { readonly kind: "resume"; readonly id: string; readonly wave: number; readonly failures: number }
  /** Nothing more goes out. */
  | { readonly kind: "abort"; readonly id: string }
  /** What went out gets what it had before. */
  | { readonly kind: "rollback"; readonly id: string };

const ID = "[0-9a-f]{8,32}";

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
