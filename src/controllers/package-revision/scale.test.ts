import { describe, expect, it } from "vitest";
import { pageName } from "../../core/identity/names.ts";
import { aRevision } from "../../core/testing/observed.ts";
import { expectInProportion } from "../../event-loop/testing/in-proportion.ts";
import { measureTurns } from "../../event-loop/testing/measure-turns.ts";
import { isOwnStatusTextChange } from "./predicates.ts";
import { replacePages } from "./resources/replace-pages.ts";

/** As many as an object of 1.5 MiB may have. */
const LABELS = 110_000;

describe("many pages", () => {
  it("are replaced at a cost in proportion", async () => {
    await expectInProportion(300, async (count, measure) => {
      const owner = aRevision({});
      const files = Array.from(
        { length: count },
        (_, at) => ({ path: `f${at}`, encoding: "text", value: "" }) as const,
      );
      const pages = files.map(({ path }, at) => ({
        ...aRevision({}),
        metadata: { ...owner.metadata, name: pageName(owner.metadata.name, at + 1) },
        spec: { resources: { [path]: "before" } },
      }));
      const written: unknown[] = [];
      const updateStatus = async (page: unknown) => void written.push(page);
      const writer = { replace: async (page: unknown) => page, updateStatus };
      await measure("replace", () =>
        replacePages(
          writer as never,
          owner,
          pages as never,
          files,
          { frozen: false, commit: "c", read: { hidden: [], files: [] } },
          8,
        ),
      );
      expect(written).toHaveLength(count);
    });
  });
});

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
