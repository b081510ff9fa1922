import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seeded } from "../../core/testing/seeded.ts";
import { type Command, history } from "./testing/model/commands.ts";
import { checkProperties } from "./testing/model/properties.ts";
import { runCommand } from "./testing/model/run.ts";
import { Simulation, type SimulationOptions } from "./testing/model/simulation.ts";

const setting: fc.Arbitrary<SimulationOptions> = fc.record({
  tagOnly: fc.boolean(),
  empty: fc.boolean(),
  slowRuns: fc.boolean(),
});

/** A soak takes its time: a history takes some 30 ms where nothing else is going on. */
const timeout = 120_000 + 300 * seeded(0).numRuns;

/** Histories that went wrong once: tried first, each time. */
const FOUND: readonly (readonly Command[])[] = [
  // A branch of others that the object had taken when the operator ended; then it was to be proposed, and edited.
  [
    ["newBranch", { path: "a", workspace: "two", file: "d", kptfile: false }],
    ["create", { path: "a", workspace: "two", from: "nothing" }],
    ["crash", { disk: true }],
    ["step", { index: 11, halts: 7 }],
    ["setLifecycle", { index: 3, proposed: true }],
    ["crash", { disk: true }],
    ["editByOther", { index: 9, file: "f" }],
    ["release", { path: "a", workspace: "two", file: "d/h" }],
  ],
  // Edited while a proposal of which others moved the branch had been opened, and not called a draft yet.
  [
    ["create", { path: "a", workspace: "one", from: "nothing" }],
    ["settle", {}],
    ["pushBranch", { index: 0, file: "f" }],
    ["publish", { index: 0 }],
    ["pushBranch", { index: 0, file: "f" }],
    ["crash", { disk: false }],
    ["step", { index: 0, halts: 4 }],
    ["edit", { index: 0, file: "f" }],
    ["crash", { disk: false }],
  ],
  // The same of one that was taken back.
  ...[5, 6, 7, 8, 9].map((halts): readonly Command[] => [
    ["create", { path: "a", workspace: "one", from: "init" }],
    ["settle", {}],
    ["setLifecycle", { index: 0, proposed: true }],
    ["settle", {}],
    ["setLifecycle", { index: 0, proposed: false }],
    ["step", { index: 0, halts }],
    ["edit", { index: 0, file: "f" }],
    ["crash", { disk: false }],
  ]),
  // Deleted, brought back by a tag at another commit, and deleted again: the tombstone is there already.
  [
    ["release", { path: "a", workspace: "one", file: "f" }],
    ["unrelease", { index: 0 }],
    ["undelete", { index: 0 }],
    ["pushMain", { path: "a", file: "f" }],
    ["moveTag", { index: 0 }],
    ["settle", {}],
    ["unrelease", { index: 0 }],
  ],
  // Others tag a higher number while a publication is on its way, and another draft asks the remote.
  [
    ["create", { path: "a", workspace: "one", from: "nothing" }],
    ["publish", { index: 0 }],
    ["edit", { index: 0, file: "f" }],
    ["create", { path: "b", workspace: "one", from: "own-main" }],
    ["settle", {}],
    ["approve", { index: 0 }],
    ["tag", { path: "a", revision: "v3", onMain: false, index: 0, as: "plain" }],
    ["step", { index: 0, halts: 2 }],
    ["step", { index: 1, halts: 2 }],
  ],
  // Below what is published was another package, which held files of it back from main, and is none any more when it is
  // deleted.
  [
    ["newBranch", { path: "a/sub", workspace: "one", file: "f", kptfile: true }],
    ["newBranch", { path: "a", workspace: "one", file: "sub/x", kptfile: true }],
    ["release", { path: "a", workspace: "one", file: "f" }],
    ["deleteBranch", { index: 0 }],
    ["unrelease", { index: 0 }],
  ],
  // Pushed from outside between the creation of the contents object and its status, right before the operator ends.
  [
    ["create", { path: "a", workspace: "one", from: "nothing" }],
    ["step", { index: 0, halts: 4 }],
    ["pushBranch", { index: 0, file: "f" }],
    ["step", { index: 0, halts: 2 }],
    ["crash", { disk: false }],
  ],
  // The same, and a user writes a file with the path of one of them.
  [
    ["release", { path: "a/sub", workspace: "one", file: "f" }],
    ["newBranch", { path: "a", workspace: "two", file: "sub/x", kptfile: true }],
    ["unrelease", { index: 0 }],
    ["release", { path: "a", workspace: "two", file: "sub/x" }],
  ],
  // Edited by another user after it was to be proposed, alone and before an edit of the proposer.
  ...[[], [["edit", { index: 0, file: "f" }]] as const].map((edits): readonly Command[] => [
    ["create", { path: "a", workspace: "one", from: "init" }],
    ["settle", {}],
    ["edit", { index: 0, file: "f" }],
    ["settle", {}],
    ["setLifecycle", { index: 0, proposed: true }],
    ["editByOther", { index: 0, file: "g" }],
    ...edits,
    ["settle", {}],
  ]),
  // Files of main that the draft has left out become a package of its own after the approval.
  [
    ["pushMain", { path: "a/sub", file: "f" }],
    ["release", { path: "b", workspace: "one", file: "f" }],
    ["release", { path: "a", workspace: "one", file: "f" }],
    ["tag", { path: "a/sub", revision: "v1", onMain: true, index: 0, as: "plain" }],
  ],
  // Edited by another user while it waits to be proposed, and approved before it is.
  [
    ["release", { path: "a/sub", workspace: "one", file: "f" }],
    ["release", { path: "a", workspace: "two", file: "f" }],
    ["unrelease", { index: 0 }],
    ["editByOther", { index: 0, file: "f" }],
    ["misapprove", { index: 0 }],
    ["release", { path: "a", workspace: "two", file: "f" }],
  ],
  // etcd is restored to before a pushed file was shown, when Git has it as a proposal already.
  [
    ["create", { path: "a", workspace: "one", from: "nothing" }],
    ["setLifecycle", { index: 0, proposed: true }],
    ["step", { index: 0, halts: 6 }],
    ["backup", {}],
    ["pushBranch", { index: 0, file: "f" }],
    ["restore", {}],
    ["sync", {}],
    ["step", { index: 0, halts: 11 }],
    ["step", { index: 0, halts: 1 }],
    ["restore", {}],
  ],
  // Others move the tag of a publication before status has it: another object would be made for it.
  ...[3, 4, 5, 6, 7, 8, 9].map((halts): readonly Command[] => [
    ["pushMain", { path: "a", file: "f" }],
    ["release", { path: "a", workspace: "one", file: "f" }],
    ["publish", { index: 0 }],
    ["confirmBase", { index: 0 }],
    ["step", { index: 0, halts }],
    ["moveTag", { index: 0 }],
    ["sync", {}],
  ]),
  // A package below is deleted: its files become files of the draft above, which has never shown them.
  [
    ["newBranch", { path: "a", workspace: "one", file: "f", kptfile: true }],
    ["newBranch", { path: "a/sub", workspace: "one", file: "f", kptfile: true }],
    ["release", { path: "a/sub", workspace: "one", file: "f" }],
    ["mergeMain", { index: 0 }],
    ["unrelease", { index: 1 }],
    ["crash", { disk: false }],
  ],
  [
    ["newBranch", { path: "a/sub", workspace: "one", file: "f", kptfile: true }],
    ["pushMain", { path: "a/sub", file: "f" }],
    ["newBranch", { path: "a", workspace: "one", file: "f", kptfile: true }],
    ["release", { path: "a", workspace: "two", file: "f" }],
    ["pushBranch", { index: 0, file: "f" }],
    ["deleteBranch", { index: 3 }],
  ],
];

/** Histories after which a restart had more to do. */
const FORGOTTEN: readonly (readonly Command[])[] = [
  // A tag that was no revision, of which the operator knew, is moved while another draft is published.
  [
    ["pushMain", { path: "a", file: "f" }],
    ["newBranch", { path: "a", workspace: "two", file: "f", kptfile: false }],
    ["create", { path: "a", workspace: "one", from: "nothing" }],
    ["publish", { index: 0 }],
    ["tag", { path: "a", revision: "v1", onMain: false, index: 0, as: "plain" }],
    ["publish", { index: 3 }],
    ["moveTag", { index: 0 }],
    ["step", { index: 7, halts: 1 }],
  ],
  // A branch of others is a draft since the operator made another one of its folder, on which others push then.
  [
    ["pushMain", { path: "a", file: "f" }],
    ["release", { path: "a", workspace: "one", file: "f" }],
    ["pushMain", { path: "a", file: "f" }],
    ["newBranch", { path: "a", workspace: "two", file: "f", kptfile: false }],
    ["mergeMain", { index: 0 }],
  ],
  // The branch of a draft is rewritten to one that makes no package: another one no longer overlaps with it.
  [
    ["create", { path: "a", workspace: "one", from: "nothing" }],
    ["publish", { index: 0 }],
    ["create", { path: "a/sub", workspace: "one", from: "nothing" }],
    ["rewriteBranch", { index: 0, back: 1 }],
    ["pushBranch", { index: 0, file: "f" }],
  ],
  // Others merge a draft, on which they have pushed, into main, whose folder stays another one.
  [
    ["create", { path: "a", workspace: "one", from: "nothing" }],
    ["settle", {}],
    ["pushBranch", { index: 0, file: "f" }],
    ["publish", { index: 0 }],
    ["pushMain", { path: "a", file: "f" }],
    ["mergeBranch", { index: 0 }],
  ],
  // They merge a part of it, and the rest after its object was deleted.
  [
    ["create", { path: "a", workspace: "one", from: "init" }],
    ["settle", {}],
    ["pushOutside", { index: 0 }],
    ["mergeBranch", { index: 0 }],
    ["settle", {}],
    ["pushOutside", { index: 0 }],
    ["deleteWithBranch", { index: 0 }],
    ["settle", {}],
    ["pushMain", { path: "a", file: "f" }],
    ["mergeBranch", { index: 0 }],
  ],
  // The commit that a conflicting edit was made on is gone from the branch, by a rewrite that was accepted.
  [
    ["newBranch", { path: "a", workspace: "one", file: "f", kptfile: false }],
    ["release", { path: "a", workspace: "two", file: "f" }],
    ["pushBranch", { index: 0, file: "f" }],
    ["edit", { index: 0, file: "f" }],
    ["rewriteBranch", { index: 0, back: 2 }],
    ["settle", {}],
    ["confirmHistory", { index: 0 }],
  ],
];

/** Histories after which the cluster was made again otherwise. */
const REMADE: readonly (readonly Command[])[] = [
  // A package below a proposal comes after it, in another commit and in its own: it has fewer files than were proposed.
  [
    ["tag", { path: "a/sub", revision: "v1", onMain: true, index: 0, as: "plain" }],
    ["release", { path: "a", workspace: "one", file: "sub/x" }],
    ["pushMain", { path: "a", file: "f" }],
    ["release", { path: "a", workspace: "two", file: "f" }],
    ["moveTag", { index: 0 }],
  ],
  [
    ["pushMain", { path: "a", file: "f" }],
    ["release", { path: "a", workspace: "one", file: "sub/x" }],
    ["tag", { path: "a/sub", revision: "v1", onMain: false, index: 0, as: "plain" }],
  ],
  [
    ["create", { path: "a", workspace: "two", from: "own-main" }],
    ["release", { path: "a/sub", workspace: "one", file: "f" }],
    ["unrelease", { index: 0 }],
    ["pushMain", { path: "a/sub", file: "f" }],
    ["publish", { index: 0 }],
    ["undelete", { index: 0 }],
  ],
];

function examplesOf(histories: readonly (readonly Command[])[]): [SimulationOptions, readonly Command[]][] {
  return [false, true].flatMap((slowRuns) =>
    histories.map((commands): [SimulationOptions, readonly Command[]] => [
      { tagOnly: false, empty: false, slowRuns },
      commands,
    ]),
  );
}

/** A simulation after that history, at rest. What must hold at every push and acknowledgement is judged meanwhile. */
async function live(options: SimulationOptions, commands: readonly Command[]): Promise<Simulation> {
  const simulation = await Simulation.start(options);
  for (const [at, command] of commands.entries()) await runCommand(simulation, command, `t${at}`);
  await simulation.settle();
  return simulation;
}

describe("the lifecycle, whatever users, others with git, crashes and backups do", () => {
  it("loses nothing, publishes nothing twice, and says how everything is", { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(setting, history, async (options, commands) => {
        const simulation = await live(options, commands);
        checkProperties(simulation, options);
      }),
      { ...seeded(250), examples: examplesOf(FOUND) },
    );
  });

  it("has nothing more to do after a restart that has forgotten everything", { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(setting, history, async (options, commands) => {
        const simulation = await live(options, commands);
        // What a package below leaves of another one's draft is told only when that is looked at anew.
        if (simulation.hadNested()) return;
        // A commit that a branch has lost stays in the mirror that fetched it. Edits that were made on it are merged
        // with the branch file by file as long as it is there; a new mirror lacks it, and all files that differ are in
        // conflict. Both are right, and say other files.
        simulation.operator.mirror.collectGarbage();
        await simulation.settle();
        const before = simulation.writes();
        await simulation.crash(false);
        await simulation.settle();
        expect(simulation.writes()).toEqual(before);
      }),
      { ...seeded(120), examples: examplesOf(FORGOTTEN) },
    );
  });

  it("is made again from Git alone, which is left as it is, and without any approval", { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(setting, history, async (options, commands) => {
        const simulation = await live(options, commands);
        const { pushes } = simulation.writes();
        await simulation.loseCluster();
        await simulation.settle();
        checkProperties(simulation, options);
        expect(simulation.writes().pushes).toBe(pushes);
        const objects = simulation.api.revisions();
        expect(objects.filter((one) => one.spec.approval !== undefined)).toEqual([]);
      }),
      { ...seeded(120), examples: examplesOf(REMADE) },
    );
  });
});
