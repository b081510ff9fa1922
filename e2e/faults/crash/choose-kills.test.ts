import { describe, expect, it } from "vitest";
import { chooseKills, firstOf, spread } from "./choose-kills.ts";
import { LEAD, OPERATOR, type Passed } from "./failpoints.ts";

const passed = (step: string, site: string, journey = "j0"): readonly Passed[] =>
  (["before", "after"] as const).map((moment) => ({ journey, step, site, moment, places: [] }));
/** `push` and `patch` in each step, and one that only the first step comes to. */
const PASSED = [
  ...["one", "two", "three"].flatMap((step) => [...passed(step, "push"), ...passed(step, "patch")]),
  ...passed("one", "init"),
  ...passed(LEAD, "lease", OPERATOR),
  ...passed("stop", "release", OPERATOR),
];
const all = (journeys: number, seed: number) =>
  chooseKills(PASSED, journeys, seed).journeys.flatMap((kills) =>
    [...kills].flatMap(([step, points]) => points.map((point) => ({ in: step, ...point }))),
  );

describe("chooseKills", () => {
  it.each([1, 2, 3])("kills at every call site, before and after, with seed %i", (seed) => {
    const sites = new Set(all(1, seed).map(({ site, moment }) => `${moment} ${site}`));
    expect([...sites].sort()).toEqual(
      ["push", "patch", "init"].flatMap((site) => [`after ${site}`, `before ${site}`]).sort(),
    );
  });

  it("kills in every step of every journey, at a point of that step, and nowhere twice", () => {
    const { journeys } = chooseKills(PASSED, 4, 1);
    for (const kills of journeys) expect([...kills.values()].every((points) => points.length > 0)).toBe(true);
    const points = all(4, 1);
    expect(points.every((point) => point.in === point.step)).toBe(true);
    expect(new Set(points.map((point) => JSON.stringify(point))).size).toBe(points.length);
  });

  it("chooses the same for the same seed, and something else for another", () => {
    expect(all(1, 7)).toEqual(all(1, 7));
    expect([2, 3, 4, 5, 6].some((seed) => JSON.stringify(all(1, seed)) !== JSON.stringify(all(1, 1)))).toBe(true);
  });

  it("kills the operator in what it does for itself while it leads", () => {
    expect(chooseKills(PASSED, 1, 1).own.map(({ site, moment }) => `${moment} ${site}`)).toEqual([
      "before lease",
      "after lease",
    ]);
  });

  it("finds the first step that begins an effect, and keeps the step of one that was never passed", () => {
    expect(firstOf(PASSED, { step: "three", site: "patch", moment: "after" })).toEqual({
      step: "one",
      site: "patch",
      moment: "after",
    });
    const late = [
      { journey: "j0", step: "one", site: "late", moment: "before", places: [] },
      { journey: "j0", step: "two", site: "late", moment: "after", places: [] },
    ] as const;
    expect(firstOf(late, late[1])).toEqual({ step: "one", site: "late", moment: "after" });
    const never = { step: "three", site: "never", moment: "before" } as const;
    expect(firstOf(PASSED, never)).toEqual(never);
    expect(firstOf(PASSED, { ...never, site: "lease" }).step).toBe("three");
  });

  it("spreads what is left: one in a step, none in the next", () => {
    const points = all(4, 1);
    const kills = spread(points, ["one", "two", "three"]);
    expect([...kills.keys()].sort()).toEqual(kills.has("two") ? ["two"] : ["one", "three"]);
    expect([...kills.values()].every((some) => some.length === 1)).toBe(true);
  });
});
