import { describe, expect, it } from "vitest";
import type { PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import type { Target } from "./targets.ts";
import { compileTemplate } from "./template.ts";

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
const inputsOf = (value: unknown) => {
  const made = compileTemplate(template({ packageContext: { inputs: [{ value }] } }))(target);
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
    expect(compileTemplate(template({ downstream, deletionPolicy: "orphan" }))(target)).toEqual({
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
    expect(compileTemplate(template({ upstream }))(target).upstream).toEqual({
      repository: "catalog",
      package: "shop",
    });
    expect(inputsOf({ a: `${open}null}`, b: null })).toEqual({ b: null });
  });

  it("evaluates nothing in gates, which admission has looked at", () => {
    const readinessGates = [{ conditionType: `${open}target.name}` }];
    expect(compileTemplate(template({ packageContext: { readinessGates } }))(target).packageContext).toEqual({
      readinessGates,
    });
  });

  it("refuses a template that is nested too deeply", () => {
    let value: unknown = 1;
    for (let depth = 0; depth < 200; depth++) value = { value };
    expect(() => inputsOf(value)).toThrow("is nested deeper than 100 levels");
  });

  it("takes keys of any name as they are", () => {
    const value = JSON.parse(`{"__proto__": "x", "a": "${open}target.name}"}`);
    expect(JSON.stringify(inputsOf(value))).toBe('{"__proto__":"x","a":"edge1"}');
  });
});
