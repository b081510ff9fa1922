import { describe, expect, it } from "vitest";
import type { Policy } from "../../../api/v1alpha1/repository-policies.ts";
import { locateFindings } from "../objects/finding.ts";
import { parseObjects } from "../objects/parse-objects.ts";
import { compilePolicies } from "./compile-policy.ts";
import { evaluatePolicies, type PackageFacts } from "./evaluate-policies.ts";

function findingsOf(text: string, policies: readonly Partial<Policy>[], facts?: PackageFacts): readonly string[] {
  const { objects } = parseObjects([["a.yaml", new TextEncoder().encode(text)]]);
  const complete = policies.map((policy, index) => ({ name: `p${index}`, expression: "true", ...policy }));
  const { compiled, problems } = compilePolicies(complete);
  expect(problems).toEqual([]);
  const found = locateFindings(evaluatePolicies(compiled, objects, facts), 100);
  return found.map(({ line, column, message, severity }) => `${line}:${column} ${severity} ${message}`);
}
const configMap = (rest: string, name = "a") => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n${rest}\n`;
const MAP = configMap("data: {a: '1'}");

describe("evaluatePolicies", () => {
  it("finds objects that do not comply, with their place, in the order of the file", () => {
    const policy = { expression: "object.metadata.name == 'a'", message: "is not called\na" };
    expect(findingsOf(`${MAP}---\n${configMap("", "b")}---\n${configMap("", "c")}`, [policy])).toEqual([
      "6:1 error policy p0: is not called a",
      "11:1 error policy p0: is not called a",
    ]);
  });

  it("names the field, or the nearest one around it that is there", () => {
    const policy = { expression: "false", message: "m", severity: "warning" } as const;
    const at = (fieldPath: string) => findingsOf(MAP, [{ ...policy, fieldPath }]);
    expect(at(".data.a")).toEqual(["4:8 warning policy p0: m"]);
    expect(at(".metadata['name'][0].x")).toEqual(["3:12 warning policy p0: m"]);
    expect(at(".spec")).toEqual(["1:1 warning policy p0: m"]);
  });

  it("gives params, variables and the package revision to expressions", () => {
    const facts = {
      packageRevID: { repository: "blueprints", package: "web", workspace: "w" },
      labels: { team: "a" },
    };
    const policy = {
      params: { names: ["b"], most: 3 },
      variables: [
        { name: "name", expression: "object.metadata.name" },
        { name: "isAllowed", expression: "variables.name in params.names" },
      ],
      expression: "variables.isAllowed || packageRevision.metadata.labels.team != 'a' || params.most > 3",
      messageExpression:
        "variables.name + ' of ' + packageRevision.spec.packageRevID.workspace + ' is none of ' + params.names.join()",
    };
    expect(findingsOf(MAP, [policy], facts)).toEqual(["1:1 error policy p0: a of w is none of b"]);
    expect(findingsOf(configMap("", "b"), [policy], facts)).toEqual([]);
    expect(findingsOf(MAP, [policy], { ...facts, labels: { team: "b" } })).toEqual([]);
  });

  it("evaluates a variable only where it is used", () => {
    const variables = [{ name: "size", expression: "object.data.size()" }];
    const expression = "!has(object.data) || variables.size < 2 && variables.size > 0";
    expect(findingsOf(configMap(""), [{ variables, expression }])).toEqual([]);
    expect(findingsOf(MAP, [{ variables, expression }])).toEqual([]);
    expect(findingsOf(configMap("data: {}"), [{ variables, expression }])).toHaveLength(1);
  });

  it("takes null for a field that is not there, as the API server does", () => {
    expect(findingsOf(configMap("data: null"), [{ expression: "!has(object.data)" }])).toEqual([]);
    expect(findingsOf(configMap("data: {a: ~}"), [{ expression: "object.data.size() == 0" }])).toEqual([]);
  });

  it("finds objects on which an expression has no value, but quotes nothing of a Secret", () => {
    const expression = "object.data[object.data.key] == ''";
    const text = configMap("data: {key: hunter2}");
    expect(findingsOf(text, [{ expression }])).toEqual([
      "1:1 error policy p0: cannot be evaluated: No such key: hunter2",
    ]);
    const secret = text.replace("ConfigMap", "Secret");
    expect(findingsOf(secret, [{ expression }])).toEqual(["1:1 error policy p0: cannot be evaluated"]);
    const telling = { expression: "false", message: "m", messageExpression: "object.data.key" };
    expect(findingsOf(text, [telling])).toEqual(["1:1 error policy p0: hunter2"]);
    expect(findingsOf(secret, [telling])).toEqual(["1:1 error policy p0: m"]);
  });

  it("uses the message, or the expression, where there is no other", () => {
    expect(findingsOf(MAP, [{ expression: "1 >\n 2" }])).toEqual(["1:1 error policy p0: is not true: 1 > 2"]);
    const policy = { expression: "false", message: "m" };
    expect(findingsOf(MAP, [{ ...policy, messageExpression: "object.nope" }])).toEqual(["1:1 error policy p0: m"]);
    expect(findingsOf(MAP, [{ ...policy, messageExpression: "' '" }])).toEqual(["1:1 error policy p0: m"]);
    expect(findingsOf(MAP, [{ ...policy, messageExpression: "object.data" }])).toEqual(["1:1 error policy p0: m"]);
    expect(findingsOf(MAP, [{ expression: "object.metadata.name" }])).toEqual([
      "1:1 error policy p0: cannot be evaluated: the expression must give true or false",
    ]);
  });

  it("leaves objects alone that no policy is about, and the configuration of tools if it names no kinds", () => {
    const local = configMap("").replace("name: a", "name: a, annotations: {config.kubernetes.io/local-config: 'true'}");
    const kptfile = "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {name: a}\n";
    const expression = "false";
    expect(findingsOf(`${local}---\n${kptfile}`, [{ expression, match: { names: ["a"] } }])).toEqual([]);
    expect(findingsOf(local, [{ expression, match: { kinds: ["ConfigMap"] } }])).toHaveLength(1);
    expect(findingsOf(local, [{ expression, match: { apiVersions: ["v1"] } }])).toHaveLength(1);
    expect(findingsOf(MAP, [{ expression, match: { kinds: ["Secret"] } }])).toEqual([]);
    expect(findingsOf(MAP, [{ expression, exclude: { kinds: ["ConfigMap"] } }])).toEqual([]);
  });

  it("stops a policy that takes too long, says so, and still evaluates the others", () => {
    const numbers = `data: {all: [${Array.from({ length: 1_000 }, (_, n) => n).join()}]}`;
    const all = "object.data.all.all(a, object.data.all.all(b, object.data.all.all(c, a + b + c >= 0)))";
    const text = `${configMap(numbers)}---\n${configMap(numbers, "b")}`;
    const started = performance.now();
    const found = findingsOf(text, [
      { expression: `true || ${all} || true` },
      { expression: all },
      { expression: "false" },
    ]);
    expect(found).toEqual([
      expect.stringMatching(
        /^1:1 error policy p1: cannot be evaluated, nor on objects after this one: .*takes more than 5000000 steps/,
      ),
      "1:1 error policy p2: is not true: false",
      "6:1 error policy p2: is not true: false",
    ]);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it("finds at most 1000 objects for one policy", () => {
    const text = Array.from({ length: 1_001 }, (_, n) => configMap("", `a${n}`)).join("---\n");
    const { objects } = parseObjects([["a.yaml", new TextEncoder().encode(text)]]);
    const { compiled } = compilePolicies([{ name: "p", expression: "false" }]);
    expect(evaluatePolicies(compiled, objects)).toHaveLength(1_000);
  });

  it("says of each policy that is left that there were too many steps before", () => {
    const numbers = `data: {all: [${Array.from({ length: 1_000 }, (_, n) => n).join()}]}`;
    const expression = "object.data.all.all(a, object.data.all.all(b, object.data.all.all(c, true)))";
    const found = findingsOf(
      configMap(numbers),
      Array.from({ length: 6 }, () => ({ expression })),
    );
    expect(found).toHaveLength(6);
    expect(found[5]).toContain("all policies of a package may take 20000000 steps");
  });
});
