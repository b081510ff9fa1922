import { ANNOTATION_CONFIRM_HISTORY } from "../../api/v1alpha1/well-known.ts";
import type { Oid } from "../identity/oid.ts";
import { shellQuote } from "../identity/shell-quote.ts";

/** The reason of a Repository that is still read, but not published to. */
export const HISTORY_REWRITTEN = "HistoryRewritten";

/** A branch that was moved to a commit (`now`) whose history does not contain the commit before (`lost`). */
export interface Rewrite {
  readonly ref: string;
  readonly lost: Oid;
  readonly now: Oid;
}

/**
 * True if a user has confirmed this rewrite. A confirmation names both commits, so that it does not count for another
 * one.
 */
export function isConfirmed(
  { lost, now }: Pick<Rewrite, "lost" | "now">,
  annotations: Readonly<Record<string, string>> | undefined,
): boolean {
  return annotations?.[ANNOTATION_CONFIRM_HISTORY] === `${lost}..${now}`;
}

/**
 * The rewrite, its effect, and the commands that resolve it.
 *
 * @param effect The state until then.
 * @param object The object to annotate, in the form of kubectl arguments.
 */
export function describeRewrite({ ref, lost, now }: Rewrite, effect: string, object: string): string {
  const restore = `git fetch origin ${lost} && git push --force origin ${shellQuote(`${lost}:${ref}`)}`;
  const accept = `kubectl annotate --overwrite ${object} ${ANNOTATION_CONFIRM_HISTORY}=${lost}..${now}`;
  return (
    `${ref} was moved on the remote from ${lost} to ${now}, which does not contain it: ${effect}; to restore it: ` +
    `${restore}; to accept the new history: ${accept}`
  );
}
