import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import { shortName } from "../../names/query.ts";
import { findRevision } from "../../packages/find.ts";
import { parseTimeout, TIMEOUT } from "../../packages/timeout.ts";
import { toDraft } from "../../packages/to-draft.ts";
import { returnRelease } from "../../releases/return-release.ts";
import { PROPOSAL, RELEASE, REPOSITORY } from "../shared-specs.ts";

const ARGS = { package: { ...PROPOSAL, kind: "optional" } } as const;
const RELEASE_OPTIONS = {
  release: RELEASE,
  repo: { ...REPOSITORY, description: "of the release, if several Repositories have one of that name" },
  timeout: TIMEOUT,
} as const;
const ALL_MEMBERS =
  "With --release, all members of a release that are proposed, or are to be, one after the other; one that is refused " +
  "does not stop the others.";

export const withdrawCommand = defineCommand({
  path: "withdraw",
  group: "Deciding",
  summary: "Make your own proposal, or request to propose, a draft again",
  description: [ALL_MEMBERS],
  examples: [
    { does: "Edit it once more", command: "withdraw storefront" },
    { does: "Edit the members of a release once more", command: "withdraw --release spring" },
  ],
  args: ARGS,
  options: RELEASE_OPTIONS,
  run: async (context, { args, options }) =>
    await returnToDraft(context, { ...options, package: args.package }, () => "withdrawn"),
});

export const rejectCommand = defineCommand({
  path: "reject",
  aliases: ["rpkg reject"],
  group: "Deciding",
  summary: "Make a proposal of another user a draft again",
  description: [
    "The reason is recorded in Git with your name, and shown with the draft until it is proposed again.",
    ALL_MEMBERS,
  ],
  examples: [
    { does: "Send it back to its author", command: "reject storefront --reason 'the limits of memory are missing'" },
    { does: "Send all members of a release back", command: "reject --release spring --reason 'after the freeze'" },
  ],
  args: ARGS,
  options: {
    reason: { kind: "value", value: "TEXT", description: "what the author should change, 1024 characters at most" },
    ...RELEASE_OPTIONS,
  },
  run: async (context, { args, options }) =>
    await returnToDraft(context, { ...options, package: args.package }, (isOwn) =>
      isOwn ? "withdrawn, as your own proposal" : "rejected",
    ),
});

interface Returned {
  readonly package?: string | undefined;
  readonly release?: string | undefined;
  readonly repo?: string | undefined;
  readonly timeout: string;
  readonly reason?: string | undefined;
}

/** Both commands are one step of the lifecycle: a proposal becomes a draft. */
async function returnToDraft(
  context: Context,
  { package: name, release, repo: repository, timeout, reason }: Returned,
  describe: (isOwn: boolean) => string,
): Promise<void> {
  const timeoutMs = parseTimeout(timeout);
  if (release !== undefined && name === undefined) {
    return await returnRelease(context, release, { repository, reason, timeoutMs, describe });
  }
  if (name === undefined || release !== undefined) {
    throw new CliError("usage", "name a package, or a release with --release");
  }
  const revision = await findRevision(context, name, ["proposed"]);
  const { isOwn } = await toDraft(context, revision, timeoutMs, reason);
  context.note(`${describe(isOwn)}: ${shortName(revision)} is a draft`);
}
