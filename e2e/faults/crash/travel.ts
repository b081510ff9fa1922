import { waitUntil } from "../../harness/wait.ts";
import { type Failpoint, type FailpointFolder, sameFailpoint } from "./failpoints.ts";
import { JOURNEY } from "./journey.ts";
import { describeStage, PATIENCE_MS, type Stage } from "./stage.ts";

/** Step → the failpoints at which the operator is to be killed in it. */
export type Kills = ReadonlyMap<string, readonly Failpoint[]>;

/**
 * Makes the whole journey as a user would, while the operator is killed at these failpoints. A kill that a step has
 * not reached stays armed in the next steps, since some effects come late. Returns the kills that did not happen.
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
    // `done` has time limits of its own, which kills in other journeys may exceed.
    try {
      await waitUntil(`${journey} is done with ${step.name}`, done, { timeoutMs: PATIENCE_MS });
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}\n${await describeStage(stage)}`);
    }
  }
  folder.arm(journey, { step: "over", kills: [], record: false });
  return due.filter((kill) => !isOver(kill));
}
