import { ANNOTATION_CONFIRM_HISTORY } from "../../api/v1alpha1/well-known.ts";
import type { Oid } from "../identity/oid.ts";

/** The reason of a Repository that is read as ever, though nothing is published in it. */
export const HISTORY_REWRITTEN = "HistoryRewritten";

/** A branch that was moved to a commit (`now`) that has not the one from before (`lost`) in its history. */
export interface Rewrite {
  readonly ref: string;
  readonly lost: Oid;
  readonly now: Oid;
}

/** Whether somebody has looked at this very rewrite: a confirmation of another one, back and forth, is none. */
export function isConfirmed(
  { lost, now }: Pick<Rewrite, "lost" | "now">,
  annotations: Readonly<Record<string, string>> | undefined,
): boolean {
  return annotations?.[ANNOTATION_CONFIRM_HISTORY] === `${lost}..${now}`;
}

/** What happened and what can be done about it; `meanwhile`: what waits; `object`: what kubectl calls what is annotated. */
export function describeRewrite({ ref, lost, now }: Rewrite, meanwhile: string, object: string): string {
  const restore = `git fetch origin ${lost} && git push --force origin ${lost}:${ref}`;
  const accept = `kubectl annotate --overwrite ${object} ${ANNOTATION_CONFIRM_HISTORY}=${lost}..${now}`;
  return `${ref} was moved on the remote from ${lost} to ${now}, which does not have it in its history: ${meanwhile}; to bring it back: ${restore}; to go on from what is there now: ${accept}`;
}
