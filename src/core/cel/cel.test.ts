import { describe, expect, it } from "vitest";
import { CostBudget } from "./cost-budget.ts";
import { cel, evaluate, failureOf } from "./testing/evaluate.ts";

describe("Cel", () => {
  it.each([
    ["1 + 2", 3],
    ["7 / 2", 3],
    ["7.0 / 2.0", 3.5],
    ["object.spec.replicas * 2", 6],
    ["object.spec.ratio < 1.0", true],
    ["object.spec.replicas == 3", true],
    ['object.metadata.labels["app.kubernetes.io/name"]', "web"],
    ["object.spec.containers.all(c, !c.image.endsWith(':latest'))", false],
    ["object.spec.containers.filter(c, c.image.contains(':')).map(c, c.image.split(':')[0])", ["nginx", "busybox"]],
    ["object.metadata.labels.map(key, key)", ["app.kubernetes.io/name"]],
    ["'x' in object.metadata.labels", false],
    ["has(object.spec.replicas) && !has(object.spec.other)", true],
    ["has(object.spec.containers[0].image)", true],
    ["has(object.spec.containers[1].other)", false],
    ["cel.bind(n, object.metadata.name, n + n)", "webweb"],
    ["{'a': 1, 'b': [true, null]}", { a: 1, b: [true, null] }],
    ["any == null", true],
    ["size(text)", 5],
    ["string(object.spec.replicas) + 'x'", "3x"],
    ["int('5') + 1", 6],
    ["timestamp('2024-01-01T00:00:00Z') + duration('1h')", "2024-01-01T01:00:00Z"],
    ["object.spec.replicas > 2 ? 'many' : 'few'", "many"],
  ])("evaluates %s", (expression, expected) => expect(evaluate(expression)).toEqual(expected));

  it.each([
    ["['a', 1, true].concat('-')", "a-1-true"],
    ["items.concat([4])", [1, 2, 3, 4]],
    ["items.listsconcat(['x'])", [1, 2, 3, "x"]],
    ["text.split('-').join('.')", "a.b.c"],
    ["text.replace('-', '')", "abc"],
    ["text.replace('-', '+', 1)", "a+b-c"],
    ["text.charAt(2)", "b"],
    ["['ä😀b'.charAt(1), 'ä😀b'.substring(1, 2), 'ä😀b'.substring(3), 'ä😀b'.charAt(3)]", ["😀", "😀", "", ""]],
    ["['ä😀b'.indexOf('b'), 'ä😀bb'.indexOf('b', 3), 'ä😀b'.indexOf('x'), 'abc'.indexOf('', 3)]", [2, 3, -1, 3]],
    ["['ä😀bb'.lastIndexOf('b'), 'ä😀bb'.lastIndexOf('b', 2), 'a'.lastIndexOf('x')]", [3, 2, -1]],
    ["'ä😀b'.split('')", ["ä", "😀", "b"]],
    ["[text.split('-', 2), text.split('-', 0), text.split('-', -1)]", [["a", "b-c"], [], ["a", "b", "c"]]],
    ["['a😀'.replace('', '-'), 'a😀'.replace('', '-', 1)]", ["-a-😀-", "-a😀"]],
    ["['ÄaB'.lowerAscii(), 'äaB'.upperAscii()]", ["Äab", "äAB"]],
    ["[[1, 1, 2].isSorted(), ['b', 'a'].isSorted(), [].isSorted()]", [true, false, true]],
    ["text.matches('^[a-z](-[a-z])*$')", true],
    ["text.find('[b-z]')", "b"],
    ["text.findAll('[a-z]')", ["a", "b", "c"]],
    ["items.slice(1, 3)", [2, 3]],
    ["items.reverse()", [3, 2, 1]],
    ["[3, 1, 2].sort()", [1, 2, 3]],
    ["[1, 2, 1].distinct()", [1, 2]],
    ["[[1], [2, 3]].flatten()", [1, 2, 3]],
    ["[items.sum(), items.min(), items.max()]", [6, 1, 3]],
    ["[0.5, 1.5].sum()", 2],
  ])("has functions for texts and lists: %s", (expression, expected) => {
    expect(evaluate(expression)).toEqual(expected);
  });

  it.each([
    ["object.?spec.?replicas.orValue(1)", 3],
    ["object.?nope.?field.orValue(1)", 1],
    ["object.?spec.replicas.orValue(1)", 3],
    ["object.metadata.?labels[?'app.kubernetes.io/name'].orValue('')", "web"],
    ["object.metadata.?labels[?'other'].orValue('')", ""],
    ["items[?7].hasValue()", false],
    ["object.?nope.or(object.?metadata.?name).value()", "web"],
    ["optional.none().orValue(optional.of(2).value())", 2],
    ["object.?spec.?replicas.orValue(1 / 0)", 3],
  ])("has optional fields, as Kubernetes: %s", (expression, expected) => {
    expect(evaluate(expression)).toEqual(expected);
  });

  it.each([
    ["quantity('1Gi').isLessThan(quantity('1100Mi'))", true],
    ["quantity('500m').isGreaterThan(quantity(1))", false],
    ["quantity('1.5Gi').asInteger()", 1_610_612_736],
    ["quantity('1e3') == quantity('1k') && quantity('1e3') != quantity('1M')", true],
    ["quantity('1Gi').add(quantity('1Gi')).sub(quantity('1Gi')).compareTo(quantity('1Gi'))", 0],
    ["[isQuantity('1x'), isQuantity('1'), isQuantity(0.5)]", [false, true, true]],
    ["[quantity('100m').isInteger(), quantity('100m').asApproximateFloat(), sign(quantity('-1'))]", [false, 0.1, -1]],
    ["items.exists(item, quantity(item).isGreaterThan(quantity('2500m')))", true],
  ])("has quantities, as Kubernetes: %s", (expression, expected) => expect(evaluate(expression)).toEqual(expected));

  it.each([
    ["1 +", "syntax", 3],
    ["a.b[", "syntax", 4],
    ["other + 1", "type", 0],
    ["1 + 'a'", "type", 0],
    ["text.nope()", "type", 0],
    ["text.join()", "type", 0],
    ["has(text)", "type", 0],
    ["'{}' == bytes('{}').json()", "type", 8],
    ["timestamp('2024-01-01T00:00:00Z').getHours('Europe/Berlin')", "type", 0],
    ["object.nope", "evaluation", 7],
    ["items[3]", "evaluation", 0],
    ["1 / 0", "evaluation", 0],
    ["any + 1", "evaluation", 0],
    ["text.matches('(?=a)')", "evaluation", undefined],
    ["[1, 'a'].sort()", "evaluation", undefined],
    ["[].max()", "evaluation", undefined],
    ["items.slice(2, 9)", "evaluation", undefined],
    ["[{}].concat('')", "evaluation", undefined],
    ["[1].join()", "evaluation", undefined],
    ["has(any.field)", "evaluation", 0],
    ["has(object.?spec.replicas)", "evaluation", 0],
    ["object.?nope.value()", "evaluation", 0],
    ["quantity('big')", "evaluation", undefined],
    ["'abc'.substring(2, 1)", "evaluation", undefined],
    ["'abc'.substring(4)", "evaluation", undefined],
    ["'abc'.charAt(-1)", "evaluation", undefined],
    ["'abc'.indexOf('a', 4)", "evaluation", undefined],
    ["quantity('100m').asInteger()", "evaluation", undefined],
    ["quantity('1') > 5", "type", 0],
  ])("says where %s is wrong", (expression, kind, offset) => {
    expect(failureOf(() => evaluate(expression))).toMatchObject({ kind, offset });
  });

  it.each(["bool(text)", "int(text)", "duration(text)", "timestamp(text)", "double(text)", "text + 1"])(
    "quotes no value where %s is wrong",
    (expression) => {
      expect(failureOf(() => evaluate(expression, { text: "hunter2" })).message).not.toContain("unter");
    },
  );

  it("names functions as the author does", () => {
    expect(failureOf(() => cel.compile("text.matches(1)")).message).toContain("string.matches(int)");
    expect(failureOf(() => cel.compile("text.matches(1)")).message).not.toContain("own_");
  });

  it("tells a missing key and an unknown variable from other errors", () => {
    expect(failureOf(() => evaluate("object.nope"))).toMatchObject({ code: "no_such_key" });
    expect(failureOf(() => evaluate("items[9]"))).toMatchObject({ code: "index_out_of_bounds" });
    expect(failureOf(() => evaluate("nope"))).toMatchObject({ code: "unknown_variable" });
    expect(failureOf(() => evaluate("1 / 0"))).toMatchObject({ code: "other" });
  });

  it.each(["{}.map(x, x < 2.5)", "[].filter(x, x < 2.5)", "items.map(y, {}.map(x, (x < 2.5)).sort())"])(
    "says that an operand of %s has no type",
    (expression) => {
      const message = "the type of an operand is not known: convert it, as with double() or string()";
      expect(failureOf(() => cel.compile(expression))).toMatchObject({ kind: "type", message });
    },
  );

  it("knows the type of a result before it evaluates", () => {
    const typeOf = (expression: string) => cel.compile(expression).type;
    expect([typeOf("size(text) > 1"), typeOf("text"), typeOf("object.a")]).toEqual(["bool", "string", "dyn"]);
  });

  it("can evaluate a program again, with other values, at the same cost", () => {
    const program = cel.compile("items.map(x, x + 1)");
    const costs = [1, 2, 3].map((first) => {
      const budget = new CostBudget(1000);
      expect(program.evaluate(new Map([["items", [BigInt(first)]]]), budget)).toEqual([BigInt(first + 1)]);
      return budget.spent;
    });
    expect(new Set(costs).size).toBe(1);
  });
});

describe("the keys of data", () => {
  const hostile = JSON.parse('{"__proto__": 1, "constructor": 2, "toString": 3, "hasOwnProperty": 4}') as object;

  it.each([
    ["any['__proto__']", 1],
    ["any.constructor", 2],
    ["any.toString", 3],
    ["has(any.hasOwnProperty)", true],
    ["size(any)", 4],
  ])("are only those of the data: %s", (expression, expected) => {
    expect(evaluate(expression, { any: hostile })).toEqual(expected);
  });

  it.each(["object.constructor", "object['__proto__']", "object.toString", "items.length"])(
    "do not come from JavaScript: %s",
    (expression) => expect(["type", "evaluation"]).toContain(failureOf(() => evaluate(expression)).kind),
  );
});
