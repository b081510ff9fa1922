import { describe, expect, it } from "vitest";
import { runToEnd } from "../identity/run-to-end.ts";
import { findCyclesInSteps } from "./cycles.ts";
import type { DependencyNode, Need } from "./graph.ts";
import { testRevision } from "./testing/revisions.ts";

const api: Need = { kind: "api", need: { group: "acme.io", version: "v1", kind: "A", files: ["a.yaml"] } };
const rule: Need = { kind: "rule", need: { group: "acme.io", resource: "as", role: "Role", files: ["a.yaml"] } };

/** From the edges of each node; those that end in `?` are of roles. */
function graph(edges: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, DependencyNode> {
  return new Map(
    Object.entries(edges).map(([id, to]) => {
      const needs = to.map((one) => [one.replace("?", ""), [one.endsWith("?") ? rule : api]] as const);
      const rest = { alternatives: new Set<string>(), core: [], problems: [] };
      return [id, { id, revision: testRevision(`${id}@v1`, {}), state: "catalog", edges: new Map(needs), ...rest }];
    }),
  );
}

describe("findCyclesInSteps", () => {
  it.each([
    [{ a: ["b"], b: ["c"], c: [] }, []],
    [{ a: ["b", "c"], b: ["d"], c: ["d"], d: [] }, []],
    [{ a: ["a"] }, ["a a"]],
    [{ a: ["b"], b: ["c"], c: ["b"] }, ["b c b"]],
    [{ a: ["b", "c"], b: ["a"], c: ["a"] }, ["a b a", "a c a"]],
    [{ a: ["b"], b: [], c: ["d"], d: ["c", "a"] }, ["c d c"]],
    [{ a: ["b?"], b: ["a"] }, []],
    [{ a: ["gone"] }, []],
  ])("of %j are %j", (edges, cycles) => {
    expect(runToEnd(findCyclesInSteps(graph(edges))).map((ids) => ids.join(" "))).toEqual(cycles);
  });

  it("are bounded", () => {
    const ids = Array.from({ length: 60 }, (_, index) => `n${index}`);
    expect(runToEnd(findCyclesInSteps(graph(Object.fromEntries(ids.map((id) => [id, ids])))))).toHaveLength(20);
  });
});
