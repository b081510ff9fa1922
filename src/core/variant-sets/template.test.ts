import { describe, expect, it } from "vitest";
import type { PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import { CostBudget } from "../cel/cost-budget.ts";
import type { Target } from "./targets.ts";
import { compileTemplate, MAX_TARGET_COST } from "./template.ts";

const target: Target = {
  name: "edge1",
  labels: { region: "eu", "example.com/size": "s" },
  annotations: {},
  fields: { replicas: 3, zones: ["a", "b"] },
};

function template(more: Partial<PackageVariantSpec> = {}): PackageVariantSpec {
  return {
    upstream: { repository: "catalog", package: "shop" },
    downstream: { repository: "d", package: "p" },
    ...more,
  };
}
const make = (spec: PackageVariantSpec, of = target) => compileTemplate(spec)(of, new CostBudget(MAX_TARGET_COST));
const inputsOf = (value: unknown, of = target) => {
  const made = make(template({ packageContext: { inputs: [{ value }] } }), of);
  return made.packageContext?.inputs?.[0]?.value;
};
const open = "$" + "{";

describe("compileTemplate", () => {
  it("puts values in texts, and leaves everything else as it is", () => {
    const downstream = {
      target: `${open}target.name}`,
      repository: `fleet-${open}target.labels.region}`,
      package: "p",
    };
    expect(make(template({ downstream, deletionPolicy: "orphan" }))).toEqual({
      upstream: { repository: "catalog", package: "shop" },
      downstream: { target: "edge1", repository: "fleet-eu", package: "p" },
      deletionPolicy: "orphan",
    });
  });

  it.each([
    [`${open}target.fields.replicas}`, 3],
    [`${open}target.fields.replicas * 2 + 1}`, 7],
    [`${open}target.fields.zones}`, ["a", "b"]],
    [`${open}target.fields.zones.size() == 2}`, true],
    [`${open}target.labels['example.com/size']}`, "s"],
    [`${open}'region' in target.labels ? target.labels.region : 'none'}`, "eu"],
    [`a${open}target.fields.replicas}b${open}target.name}`, "a3bedge1"],
    [`${open}"a}" + '{'}`, "a}{"],
    [`${open}{'a': {'b': 1}}.a.b}`, 1],
    [`$${open}target.name}`, `${open}target.name}`],
    ["target.name", "target.name"],
    ["", ""],
    ["$", "$"],
    [null, null],
    [2, 2],
  ])("makes of %j the value %j", (text, value) => {
    expect(inputsOf(text)).toEqual(value);
  });

  it.each([
    [`${open}target.labels.none}`, /^spec\.template\.packageContext\.inputs\[0\]\.value: .*No such key: none/],
    [`${open}target.`, /has a \$\{ without its \}/],
    [`${open}1 +}`, /^spec\.template\.packageContext\.inputs\[0\]\.value: \$\{1 \+\}: /],
    [`${open}other.name}`, /other/],
    [`a${open}target.fields}`, /is no text, number or bool/],
    [`${open}target.name.matches('(a+)+$') || [1,2,3].map(x, 'x'.matches('y')).size() > 9}`, undefined],
  ])("refuses %j, with its place", (text, message) => {
    if (message === undefined) expect(inputsOf(text)).toBe(false);
    else expect(() => inputsOf(text)).toThrow(message);
  });

  it("ends an expression that takes too long", () => {
    const long = "[1,2,3,4,5,6,7,8,9,10]";
    const nested = `${long}.map(a, ${long}.map(b, ${long}.map(c, ${long}.map(d, ${long}.map(e, a+b+c+d+e)))))`;
    expect(() => inputsOf(`${open}${nested}.size()}`)).toThrow(/takes more than 100000 steps/);
  });

  it("leaves out a field whose expression is null", () => {
    const realm = `${open}'realm' in target.labels ? target.labels.realm : null}`;
    const upstream = { repository: "catalog", package: "shop", realm };
    expect(make(template({ upstream })).upstream).toEqual({
      repository: "catalog",
      package: "shop",
    });
    expect(inputsOf({ a: `${open}null}`, b: null })).toEqual({ b: null });
  });

  it("evaluates nothing in gates, which admission has looked at", () => {
    const readinessGates = [{ conditionType: `${open}target.name}` }];
    expect(make(template({ packageContext: { readinessGates } })).packageContext).toEqual({
      readinessGates,
    });
  });

  it("refuses a template that is nested too deeply", () => {
    let value: unknown = 1;
    for (let depth = 0; depth < 200; depth++) value = { value };
    expect(() => inputsOf(value)).toThrow("is nested deeper than 100 levels");
  });

  it("refuses fields of a target that are nested too deeply", () => {
    let fields: Record<string, unknown> = {};
    for (let depth = 0; depth < 9_000; depth++) fields = { fields };
    expect(() => inputsOf("x", { ...target, fields })).toThrow("the fields of the target are nested deeper than 100");
  });

  it("refuses integers that JSON has not", () => {
    expect(inputsOf(`${open}4503599627370495}`)).toBe(4_503_599_627_370_495);
    for (const text of ["9007199254740993", "{'a': [9007199254740993]}"]) {
      expect(() => inputsOf(`${open}${text}}`)).toThrow("an integer of more than 53 bits is not exact in JSON");
    }
  });

  it("counts what it reads and makes, also without an operation", () => {
    const fields = { text: "x".repeat(300_000) };
    expect(inputsOf(`${open}target.fields.text}`, { ...target, fields })).toBe(fields.text);
    const repeated = Array.from({ length: 6 }, () => `${open}target.fields.text}`);
    for (const value of [repeated, repeated.join("")]) {
      expect(() => inputsOf(value, { ...target, fields })).toThrow("takes more than 100000 steps");
    }
    const literal = Array.from({ length: 10 }, () => fields.text);
    expect(() => inputsOf(literal)).toThrow("takes more than 100000 steps");
  });

  it("refuses more expressions than can be compiled in one piece", () => {
    const many = (count: number) => Array.from({ length: count }, () => `${open}1}`);
    expect(inputsOf(many(1_000))).toHaveLength(1_000);
    expect(() => inputsOf(many(1_100))).toThrow("all expressions together may have 65536 characters");
  });

  it("takes keys of any name as they are", () => {
    const value = JSON.parse(`{"__proto__": "x", "a": "${open}target.name}"}`);
    expect(JSON.stringify(inputsOf(value))).toBe('{"__proto__":"x","a":"edge1"}');
  });
});
