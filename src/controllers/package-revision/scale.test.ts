import { describe, expect, it } from "vitest";
import { aRevision } from "../../core/testing/observed.ts";
import { measureTurns } from "../../event-loop/testing/measure-turns.ts";
import { isOwnStatusTextChange } from "./predicates.ts";

/** As many as an object of 1.5 MiB may have. */
const LABELS = 110_000;

describe("a package revision with many labels", () => {
  it("is compared with the version before without a standstill of the event loop", async () => {
    const version = () =>
      aRevision({ labels: Object.fromEntries(Array.from({ length: LABELS }, (_, at) => [`k${at}`, ""])) });
    const [next, previous] = [version(), version()];
    const { longestMs } = await measureTurns(async () => {
      // One watch of each of two controllers.
      for (let watch = 0; watch < 2; watch++) expect(isOwnStatusTextChange(next, previous)).toBe(true);
    });
    expect(longestMs).toBeLessThanOrEqual(200);
  });
});
