/** Which signatures `spec.verification` asks for. */
export type VerificationMode = "Tag" | "TagOrHEAD" | "TagAndHEAD";

/** Whether the signature of a tag or commit counts: `problem` says why it does not, as a verb phrase. */
export type SignatureState =
  | { readonly kind: "operator" | "listed" }
  | {
      readonly kind: "not";
      readonly problem: string;
      /** The operator signed it for this Repository, which is not trusted. */
      readonly signedFor?: string;
    };

/** The signatures behind a tag. */
export interface TagSignatures {
  /** Of the annotated tag itself, under its own name; absent for a lightweight tag. */
  readonly tag?: SignatureState;
  /** Of the tagged commit. */
  readonly commit: SignatureState;
}

/**
 * Why a tag does not count; undefined if it is verified. The operator's commit does not verify a lightweight tag: the
 * operator signs the commits of drafts, too, which nobody has approved.
 */
export function verificationProblem(mode: VerificationMode, { tag, commit }: TagSignatures): string | undefined {
  if (tag === undefined) {
    if (mode !== "TagOrHEAD") return "the tag is not annotated, and so has no signature of its own";
    if (commit.kind === "listed") return undefined;
    const problem = commit.kind === "not" ? commit.problem : "is one of the operator, which also signs drafts";
    return `the tag is not annotated, and its commit ${problem}`;
  }
  if (tag.kind === "not") return `the tag ${tag.problem}`;
  return mode === "TagAndHEAD" && commit.kind === "not" ? `the tagged commit ${commit.problem}` : undefined;
}
