import type { Stage } from "./stage.ts";

/** A request of a user, and the wait for its result. It is repeated only if it was refused. */
export interface Step {
  readonly name: string;
  act(stage: Stage): Promise<unknown>;
  /** Waits until it is done. */
  done(stage: Stage): Promise<unknown>;
}
