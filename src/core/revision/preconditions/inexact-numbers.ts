import { describeInexactNumber, findInexactNumber } from "../inexact-numbers.ts";
import type { Blocker, Observation } from "../observation.ts";

/** An approval would be of another value than the one that a reviewer sees. */
export function inexactNumberBlocker({ object }: Pick<Observation, "object">): Blocker | undefined {
  const path = findInexactNumber(object.spec, "spec");
  return path === undefined
    ? undefined
    : { reason: "InexactNumber", message: describeInexactNumber(path), kind: "stalled" };
}
