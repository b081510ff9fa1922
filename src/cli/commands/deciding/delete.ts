import { packageRevisions } from "../../../api/resources.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { shellQuote } from "../../../core/identity/shell-quote.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import { nameDependents } from "../../dependencies/name-dependents.ts";
import { currentLifecycle } from "../../names/match.ts";
import { shortName } from "../../names/query.ts";
import { confirm } from "../../output/ask.ts";
import { reasonOf } from "../../packages/conditions.ts";
import { findRevision } from "../../packages/find.ts";
import { requestLifecycle, waitForLifecycle } from "../../packages/lifecycle.ts";
import { parseTimeout, TIMEOUT } from "../../packages/timeout.ts";
import { waitFor } from "../../packages/wait-for.ts";
import { PACKAGE, YES } from "../shared-specs.ts";

export const deleteCommand = defineCommand({
  path: "delete",
  aliases: ["rpkg delete", "rpkg del"],
  group: "Deciding",
  summary: "Delete a draft or proposal; of a published revision, propose the deletion, or carry it out",
  description: [
    "A published revision is deleted in two steps: an editor proposes it, and an approver, with the same command, " +
      "carries it out. Its tag becomes deleted-vN, and the folder on main goes back to the revision before.",
    "Packages that need a published revision are named. With --yes, such a revision is deleted only with --force.",
  ],
  examples: [
    { does: "A draft", command: "delete edge1/web/storefront@second" },
    {
      does: "A published revision: propose its deletion; once more, as an approver, delete it",
      command: "delete edge1/web/storefront@v1",
    },
    { does: "For a script", command: "delete edge1/web/storefront@second --yes" },
  ],
  args: { package: PACKAGE },
  options: {
    yes: YES,
    force: { kind: "flag", description: "do not ask, also if other packages need it" },
    timeout: TIMEOUT,
  },
  run: async (context, { args, options }) => {
    const timeoutMs = parseTimeout(options.timeout);
    const revision = await findRevision(context, args.package);
    const name = shortName(revision);
    const isPublished = currentLifecycle(revision) === "published";
    if (!options.force) await checkDependents(context, revision, options.yes);
    const question = isPublished
      ? `Propose to delete ${name}?`
      : `Delete ${name} (${currentLifecycle(revision)})? Its branch or tag in Git goes, too.`;
    if (!options.yes && !options.force) await confirm(context, question, "--yes");
    if (!isPublished) {
      await remove(context, revision, timeoutMs);
      context.note(`deleted ${name}`);
      return;
    }
    await proposeDeletion(context, revision, timeoutMs);
  },
});

/** Names the packages that need a published revision. @throws CliError refused if there are any, and nobody is asked */
async function checkDependents(context: Context, revision: PackageRevision, isConfirmed: boolean): Promise<void> {
  if (!["published", "deletionProposed"].includes(currentLifecycle(revision))) return;
  const names = await nameDependents(context, revision);
  if (names === undefined) return;
  const name = shortName(revision);
  const message = `other packages need ${name}: ${names}`;
  if (isConfirmed)
    throw new CliError("refused", message, [
      `to see why: kubectl pkg deps ${shellQuote(name)} --reverse`,
      "to delete it all the same, give --force",
    ]);
  context.note(message);
}

/** Proposes to delete a published revision, waits until it is proposed, and says so. */
export async function proposeDeletion(context: Context, revision: PackageRevision, timeoutMs: number): Promise<void> {
  const requested = await requestLifecycle(context, revision, "deletionProposed");
  await waitForLifecycle(context, requested, "deletionProposed", timeoutMs);
  const name = shortName(revision);
  context.note(`proposed to delete ${name}: an approver deletes it, or undelete keeps it`);
  context.suggest(`delete ${shellQuote(name)}`);
}

async function remove(context: Context, revision: PackageRevision, timeoutMs: number): Promise<void> {
  const { client } = await context.cluster();
  const { namespace, name, uid } = revision.metadata;
  const preconditions = uid === undefined ? {} : { uid };
  await client.delete(packageRevisions, { namespace, name }, { preconditions });
  await waitFor(
    context,
    packageRevisions,
    { namespace, name },
    {
      timeoutMs,
      until: (one) => {
        if (one === undefined) return true;
        // The operator creates it again if Git still has it.
        if (one.metadata.uid !== uid) throw new CliError("refused", `${name} is in Git still: ${reasonOf(one) ?? ""}`);
        return false;
      },
      progress: (one) => one && `being deleted: ${reasonOf(one) ?? ""}`,
      late: (one) => `${name} is not deleted yet: ${reasonOf(one) ?? "the operator is silent"}`,
    },
  );
}

export const undeleteCommand = defineCommand({
  path: "undelete",
  group: "Deciding",
  summary: "Keep a published revision whose deletion is proposed",
  examples: [{ does: "Take the proposed deletion back", command: "undelete edge1/web/storefront@v1" }],
  args: { package: PACKAGE },
  options: { timeout: TIMEOUT },
  run: async (context, { args, options }) => {
    const timeoutMs = parseTimeout(options.timeout);
    const revision = await findRevision(context, args.package, ["deletionProposed"]);
    const isRequested = revision.spec.lifecycle === "deletionProposed";
    if (!isRequested && currentLifecycle(revision) !== "deletionProposed") {
      throw new CliError(
        "refused",
        `${shortName(revision)} is ${currentLifecycle(revision)}: its deletion is not proposed`,
      );
    }
    const requested = await requestLifecycle(context, revision, "published");
    await waitForLifecycle(context, requested, "published", timeoutMs);
    context.note(`kept ${shortName(revision)}`);
  },
});
