import { packageVariantSets } from "../../../api/resources.ts";
import type { RolloutState, RolloutStatus } from "../../../api/v1alpha1/rollout.ts";
import { ANNOTATION_CHANGED_BY, ANNOTATION_ROLLOUT } from "../../../api/v1alpha1/well-known.ts";
import { shellQuote } from "../../../core/identity/shell-quote.ts";
import { type Decision, formatDecision } from "../../../core/rollouts/decision.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import { findSet } from "../../fleet/find-set.ts";
import { confirm } from "../../output/ask.ts";
import { withUser } from "../../packages/user-names.ts";
import { SET_NAME, YES } from "../shared-specs.ts";

export const fleetResumeCommand = defineCommand({
  path: "fleet resume",
  group: "Fleets",
  summary: "Let a rollout go on that is paused, stopped, aborted, rolled back or before its window",
  description: [
    "It goes on from where it is now: the next pause holds it again, as does one more target that fails. One that was " +
      "rolled back begins again with its first wave.",
  ],
  examples: [{ does: "After a look at the canary", command: "fleet resume storefronts" }],
  args: { name: SET_NAME },
  options: {},
  run: async (context, { args: { name } }) => {
    const { rollout } = await decide(context, name, "resume", ["Progressing", "Completed"]);
    context.note(`resumed ${name}: ${rollout.progress}`);
  },
});

export const fleetAbortCommand = defineCommand({
  path: "fleet abort",
  group: "Fleets",
  summary: "End a rollout: nothing further goes out, and what has gone out stays",
  examples: [{ does: "Until it is resumed, or the set changes", command: "fleet abort storefronts" }],
  args: { name: SET_NAME },
  options: {},
  run: async (context, { args: { name } }) => {
    const { rollout } = await decide(context, name, "abort", ["Aborted", "RolledBack", "Completed"]);
    context.note(`aborted ${name}: ${rollout.progress}`);
  },
});

export const fleetRollbackCommand = defineCommand({
  path: "fleet rollback",
  group: "Fleets",
  summary: "End a rollout, and give each target that it has reached what it had published before",
  description: [
    "What is published already is followed by a draft, which is reviewed as any other; drafts are replaced. Targets " +
      "that had nothing before keep what they have.",
  ],
  examples: [{ does: "Until it is resumed, or the set changes", command: "fleet rollback storefronts" }],
  args: { name: SET_NAME },
  options: { yes: YES },
  run: async (context, { args: { name }, options: { yes } }) => {
    const ask = async ({ progress }: RolloutStatus) => {
      if (!yes) await confirm(context, `Roll back ${name}, ${progress}?`, "--yes");
    };
    await decide(context, name, "rollback", ["RolledBack"], ask);
    context.note(`rolling back ${name}`);
  },
});

/** Writes a decision on the present rollout, unless that is in one of these states. */
async function decide(
  context: Context,
  name: string,
  kind: Decision["kind"],
  without: readonly RolloutState[],
  ask: (rollout: RolloutStatus) => Promise<void> = async () => {},
): Promise<{ readonly rollout: RolloutStatus }> {
  const set = await findSet(context, name);
  const { rollout } = set.status ?? {};
  if (rollout === undefined) throw new CliError("refused", `${name} has no rollout: spec.rollout is not set`);
  if (without.includes(rollout.state)) {
    throw new CliError("refused", `the rollout of ${name} is ${rollout.state}: ${rollout.progress}`, [
      `to see it: ${context.program} fleet status ${shellQuote(name)}`,
    ]);
  }
  await ask(rollout);
  const { client, whoami } = await context.cluster();
  const { namespace, annotations } = set.metadata;
  const changers = annotations?.[ANNOTATION_CHANGED_BY];
  const body = {
    metadata: {
      annotations: {
        [ANNOTATION_ROLLOUT]: kind === "resume" ? rollout.resume : formatDecision({ kind, id: rollout.id }),
        // Whoever decides changes the variants.
        ...(changers !== undefined && { [ANNOTATION_CHANGED_BY]: withUser(changers, await whoami()) }),
      },
    },
  };
  await client.patch(packageVariantSets, { namespace, name }, { kind: "merge", body });
  return { rollout };
}
