import { waitUntil } from "../../harness/wait.ts";
import { type Failpoint, type FailpointFolder, sameFailpoint } from "./failpoints.ts";
import { JOURNEY } from "./journey.ts";
import { PATIENCE_MS, type Stage } from "./stage.ts";

/** Step → where the operator is to be killed in it. */
export type Kills = ReadonlyMap<string, readonly Failpoint[]>;

/**
 * Goes the whole journey as a user would, while the operator is killed at those points. A kill that a step did not come to is still
 * to come in the next ones: some effects come late. Returns those that never came.
 */
export async function travel(
  stage: Stage,
  folder: FailpointFolder,
  { kills, record = false }: { readonly kills: Kills; readonly record?: boolean },
): Promise<readonly Failpoint[]> {
  const journey = stage.own;
  const isOver = (kill: Failpoint) => folder.hits().some((hit) => hit.journey === journey && sameFailpoint(hit, kill));
  let due: readonly Failpoint[] = [];
  for (const step of JOURNEY) {
    due = [...due.filter((kill) => !isOver(kill)), ...(kills.get(step.name) ?? [])];
    folder.arm(journey, { step: step.name, kills: due, record });
    const act = async () => {
      await step.act(stage);
      return true;
    };
    await waitUntil(`${journey} may ${step.name}`, act);
    const done = async () => {
      await step.done(stage);
      return true;
    };
    // Each look at it has a limit of its own, which the kills in other journeys may use up.
    await waitUntil(`${journey} is done with ${step.name}`, done, { timeoutMs: PATIENCE_MS });
  }
  folder.arm(journey, { step: "over", kills: [], record: false });
  return due.filter((kill) => !isOver(kill));
}
