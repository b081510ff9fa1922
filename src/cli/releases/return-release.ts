import { shellQuote } from "../../core/identity/shell-quote.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { explainError } from "../explain-error.ts";
import { shortName } from "../names/query.ts";
import { isRequested, toDraft } from "../packages/to-draft.ts";
import { findRelease } from "./find-release.ts";

export interface ReturnReleaseOptions {
  readonly repository: string | undefined;
  readonly reason?: string | undefined;
  readonly timeoutMs: number;
  /** The outcome of a member, which is printed before its name. */
  readonly describe: (isOwn: boolean) => string;
}

/**
 * Makes all members of a release that are proposed, or are to be proposed, drafts again, one after the other. The
 * failure of a member is printed, and does not stop the others.
 * @throws CliError of the kind of the first failure, or refused if all members are drafts
 */
export async function returnRelease(
  context: Context,
  name: string,
  { repository, reason, timeoutMs, describe }: ReturnReleaseOptions,
): Promise<void> {
  const { members } = await findRelease(context, name, repository);
  const proposed = members.filter(isRequested);
  if (proposed.length === 0)
    throw new CliError("refused", `all ${members.length} members of release ${name} are drafts`);
  const failures: { readonly member: string; readonly error: CliError }[] = [];
  for (const one of proposed) {
    const member = shortName(one);
    try {
      const { isOwn } = await toDraft(context, one, timeoutMs, reason);
      context.note(`${describe(isOwn)}: ${member} is a draft`);
    } catch (error) {
      failures.push({ member, error: explainError(error) });
      context.note(`${context.errorStyle.red("error:")} ${member}: ${explainError(error).message}`);
    }
  }
  const [first] = failures;
  if (first === undefined) {
    context.note(`${proposed.length} of ${members.length} members of release ${name} became drafts`);
    return;
  }
  throw new CliError(
    first.error.failure,
    `${failures.length} of ${proposed.length} members of release ${name} did not become drafts`,
    failures.slice(0, 10).map((one) => `to see it: kubectl pkg show ${shellQuote(one.member)}`),
  );
}
