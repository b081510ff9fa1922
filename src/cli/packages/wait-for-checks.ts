import { packageRevisions } from "../../api/resources.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { CHECK_TYPES, isRunning } from "../../core/conditions/conditions.ts";
import { shellQuote } from "../../core/identity/shell-quote.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { shortName } from "../names/query.ts";
import { printable } from "../output/printable.ts";
import { waitFor } from "./wait-for.ts";

/**
 * Waits until the operator has read, rendered and validated what an edit has made, and says what it found. Nothing of
 * that undoes the edit: it is no failure.
 * @param before the revision before the edit
 * @param commit of the edit
 */
export async function waitForChecks(
  context: Context,
  before: PackageRevision,
  commit: string | undefined,
  timeoutMs: number,
): Promise<void> {
  const { namespace, name } = before.metadata;
  const short = shortName(before);
  const isNew = ({ status }: PackageRevision) => status?.commit === commit || status?.commit !== before.status?.commit;
  const found = await waitFor(
    context,
    packageRevisions,
    { namespace, name },
    {
      timeoutMs,
      until: (one) => one === undefined || (isNew(one) && runningOf(one).length === 0),
      progress: (one) => one && runningOf(one).map(({ message }) => message)[0],
      late: () => `${short} is still being checked`,
    },
  ).catch((error: unknown) => {
    if (!(error instanceof CliError) || error.failure !== "timedOut") throw error;
    context.note(`${printable(error.message)}; to see the result: ${context.program} show ${shellQuote(short)}`);
    return undefined;
  });
  for (const { type, reason, message } of checksOf(found).filter(({ status }) => status === "False")) {
    context.note(`${context.errorStyle.yellow("warning:")} ${printable(`${type}: ${reason}: ${message}`)}`);
  }
}

function runningOf(one: PackageRevision) {
  return checksOf(one).filter(isRunning);
}

function checksOf(one: PackageRevision | undefined) {
  return (one?.status?.conditions ?? []).filter(({ type }) => CHECK_TYPES.some((check) => check === type));
}
