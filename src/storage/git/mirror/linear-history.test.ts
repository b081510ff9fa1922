import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GitError } from "../errors.ts";
import { LinearHistory } from "./linear-history.ts";

/** A graph of commits by number; each has parents of lower numbers. */
type Graph = readonly (readonly number[])[];

const graph: fc.Arbitrary<Graph> = fc
  .array(fc.array(fc.nat(), { maxLength: 2 }), { minLength: 1, maxLength: 30 })
  .map((all) =>
    all.map((parents, at) => (at === 0 ? [] : [...new Set(parents.map((one) => Math.max(at - 1 - (one % 4), 0)))])),
  );

function historyOf(commits: Graph): LinearHistory {
  const parents = async (oid: string) => commits[Number(oid)]?.map(String);
  return new LinearHistory({ parents });
}

function ancestorsOf(commits: Graph, commit: number): ReadonlySet<number> {
  const found = new Set([commit]);
  for (const one of found) for (const parent of commits[one] ?? []) found.add(parent);
  return found;
}

/** The common ancestors that are no ancestors of another one. */
function bestOf(commits: Graph, a: number, b: number): readonly string[] {
  const common = ancestorsOf(commits, a).intersection(ancestorsOf(commits, b));
  const isBest = (one: number) => ![...common].some((other) => other !== one && ancestorsOf(commits, other).has(one));
  return [...common].filter(isBest).map(String);
}

describe("LinearHistory", () => {
  it("finds the only best common ancestor, or nothing", async () => {
    await fc.assert(
      fc.asyncProperty(graph, fc.nat(), fc.nat(), async (commits, first, second) => {
        const [a, b] = [first % commits.length, second % commits.length];
        const found = await historyOf(commits).mergeBase(String(a), String(b));
        if (found !== undefined) expect(bestOf(commits, a, b)).toEqual([found]);
      }),
      { numRuns: 1000 },
    );
  });

  it("finds it without merges, and whether a commit leads to it", async () => {
    const history = historyOf([[], [0], [1], [1], [3], []]);
    expect(await history.mergeBase("2", "4")).toBe("1");
    expect(await history.mergeBase("4", "3")).toBe("3");
    expect(await history.mergeBase("4", "5")).toBeUndefined();
    expect([await history.leadsTo("4", "1"), await history.leadsTo("4", "2"), await history.leadsTo("2", "2")]).toEqual(
      [true, false, true],
    );
  });

  it("leads to nothing that is no ancestor", async () => {
    await fc.assert(
      fc.asyncProperty(graph, fc.nat(), fc.nat(), async (commits, first, second) => {
        const [a, b] = [first % commits.length, second % commits.length];
        if (await historyOf(commits).leadsTo(String(a), String(b))) expect(ancestorsOf(commits, a)).toContain(b);
      }),
      { numRuns: 1000 },
    );
  });

  it("finds the commits beyond another one, or nothing", async () => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(graph, fc.nat(), fc.nat(), async (commits, first, second) => {
        const [a, b] = [first % commits.length, second % commits.length];
        const beyond = await historyOf(commits).commitsBeyond(String(a), String(b));
        if (beyond === undefined) return;
        const expected = [...ancestorsOf(commits, a).difference(ancestorsOf(commits, b))];
        // Parents have lower numbers, and no commit has several.
        expect(beyond).toEqual(expected.sort((one, other) => other - one).map(String));
        found += 1;
      }),
      { numRuns: 1000 },
    );
    expect(found).toBeGreaterThan(100);
    const history = historyOf([[], [0], [1], [1], [3], [4]]);
    expect(await history.commitsBeyond("5", "2")).toEqual(["5", "4", "3"]);
    expect(await history.commitsBeyond("3", "5")).toEqual([]);
  });

  it("looks at commits that it knows, however many, and at nothing below a merge", async () => {
    const reads: string[] = [];
    // A main of 2,000 commits, the first of which are a merge and a draft that began after it.
    const commits: Graph = [[], [0], [0], [1, 2], ...Array.from({ length: 2000 }, (_, at) => [at + 3]), [3]];
    const [main, draft] = ["2003", "2004"];
    const history = new LinearHistory({
      parents: async (oid) => {
        reads.push(oid);
        return commits[Number(oid)]?.map(String);
      },
    });
    // Main as it grows: each time it is asked for there are some more.
    for (let at = 53; at < 2003; at += 50) expect(await history.mergeBase(String(at), draft)).toBe("3");
    expect(await history.mergeBase(draft, main)).toBe("3");
    expect(await history.commitsBeyond(draft, main)).toEqual([draft]);
    expect(await history.leadsTo(main, "4")).toBe(true);
    expect(new Set(reads).size).toBe(reads.length);
  });

  it("decides nothing behind a merge, far away, or where a commit is missing or too large", async () => {
    const far = Array.from({ length: 200 }, (_, at) => (at === 0 ? [] : [at - 1]));
    expect(await historyOf(far).mergeBase("199", "0")).toBeUndefined();
    expect(await historyOf(far).leadsTo("199", "0")).toBe(false);
    const merged = historyOf([[], [0], [0], [1, 2]]);
    expect([await merged.mergeBase("3", "1"), await merged.leadsTo("3", "1")]).toEqual([undefined, false]);
    expect(await historyOf([[], [0]]).mergeBase("7", "1")).toBeUndefined();
    const tooLarge = new LinearHistory({ parents: () => Promise.reject(new GitError("ObjectTooLarge", "")) });
    expect(await tooLarge.mergeBase("1", "2")).toBeUndefined();
    const broken = new LinearHistory({ parents: () => Promise.reject(new GitError("MirrorCorrupt", "")) });
    await expect(broken.mergeBase("1", "2")).rejects.toThrow(GitError);
  });
});
