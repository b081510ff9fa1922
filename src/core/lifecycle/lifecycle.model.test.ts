import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Command, history } from "../testing/model/commands.ts";
import { checkLaws } from "../testing/model/laws.ts";
import { runCommand } from "../testing/model/run.ts";
import { ModelWorld, type WorldOptions } from "../testing/model/world.ts";
import { seeded } from "../testing/seeded.ts";

const setting: fc.Arbitrary<WorldOptions> = fc.record({ tagOnly: fc.boolean(), empty: fc.boolean() });

/** A soak takes its time: a history takes some 30 ms where nothing else is going on. */
const timeout = 120_000 + 300 * seeded(0).numRuns;

/** A world after that history, at rest. What must hold at every push and acknowledgement is judged meanwhile. */
function live(options: WorldOptions, commands: readonly Command[]): ModelWorld {
  const world = new ModelWorld(options);
  for (const [at, command] of commands.entries()) runCommand(world, command, `t${at}`);
  world.settle();
  return world;
}

describe("the lifecycle, whatever users, others with git, crashes and backups do", () => {
  it("loses nothing, publishes nothing twice, and says how everything is", { timeout }, () => {
    fc.assert(
      fc.property(setting, history, (options, commands) => {
        const world = live(options, commands);
        checkLaws(world, options);
      }),
      seeded(250),
    );
  });

  it("has nothing more to do after a restart that has forgotten everything", { timeout }, () => {
    fc.assert(
      fc.property(setting, history, (options, commands) => {
        const world = live(options, commands);
        // What a package below leaves of another one's draft is told only when that is looked at anew.
        if (world.hadNested()) return;
        const before = world.writes();
        world.crash(false);
        world.settle();
        expect(world.writes()).toEqual(before);
      }),
      seeded(120),
    );
  });

  it("is made again from Git alone, which is left as it is, and without any approval", { timeout }, () => {
    fc.assert(
      fc.property(setting, history, (options, commands) => {
        const world = live(options, commands);
        const { pushes } = world.writes();
        world.loseCluster();
        world.settle();
        checkLaws(world, options);
        expect(world.writes().pushes).toBe(pushes);
        const objects = [...world.api.stored.revisions.values()];
        expect(objects.filter((one) => one.spec.approval !== undefined)).toEqual([]);
      }),
      seeded(120),
    );
  });
});
