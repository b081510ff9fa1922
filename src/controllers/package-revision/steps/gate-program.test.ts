import { describe, expect, it } from "vitest";
import { aRepository, aRevision, observed } from "../../../core/testing/observed.ts";
import { isGateProgram } from "./gate-program.ts";

const BOT = "system:serviceaccount:robots:bot";

/** A client that allows these gates, and the names that it was asked for. */
function gates(...allowed: readonly string[]) {
  const asked: string[] = [];
  const create = async (
    _: unknown,
    { spec }: { spec: { resourceAttributes: { subresource: string; name: string } } },
  ) => {
    const { subresource, name } = spec.resourceAttributes;
    asked.push(`${subresource} ${name}`);
    return { status: { allowed: allowed.includes(name) } };
  };
  const object = aRevision({ spec: { readinessGates: [{ conditionType: "Own" }] } });
  const repository = aRepository({ readinessGates: [{ conditionType: "Scanned" }, { conditionType: "Costs" }] });
  const observation = { ...observed(object), repository };
  return { asked, scope: { observation, dependencies: { client: { create } } } as never };
}

describe("isGateProgram", () => {
  it("is true for a ServiceAccount that may set a gate of the draft or of its Repository", async () => {
    for (const gate of ["Own", "Scanned", "Costs"]) expect(await isGateProgram(gates(gate).scope, BOT)).toBe(true);
    expect(await isGateProgram(gates("Another").scope, BOT)).toBe(false);
  });

  it("asks for each gate, and for nothing else", async () => {
    const { scope, asked } = gates();
    await isGateProgram(scope, BOT);
    expect(asked.sort()).toEqual(["gates Costs", "gates Own", "gates Scanned"]);
  });

  it("is false for a person, without asking", async () => {
    const { scope, asked } = gates("Own");
    expect([await isGateProgram(scope, "alice"), asked]).toEqual([false, []]);
  });
});
