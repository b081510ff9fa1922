import { describe, expect, it } from "vitest";
import { render } from "../render.ts";

const block = (type: string, name: string, more: object = {}, annotations: object = {}) => ({
  apiVersion: "example.org/v1",
  kind: "Widget",
  metadata: { name, annotations: { "kform.dev/block-type": type, "kform.dev/default": "true", ...annotations } },
  ...more,
});
const files = (...documents: readonly object[]) =>
  new Map([["a.yaml", documents.map((one) => JSON.stringify(one)).join("\n---\n")]]);

describe("the bounds of kform blocks", () => {
  const list = Array.from({ length: 1000 }, (_, at) => at);
  const input = block("input", "in", { spec: { list, text: "x".repeat(1000) } });

  it.each([
    [
      "instances",
      { instances: 5 },
      [block("output", "each.value", {}, { "kform.dev/for-each": "input.in[0].spec.list" })],
    ],
    ["instances", { instances: 5 }, [block("output", "a", {}, { "kform.dev/count": "9000000000" })]],
    [
      "steps",
      { steps: 10_000 },
      [block("local", "a", { spec: "input.in[0].spec.list.map(x, input.in[0].spec.list)" })],
    ],
    ["values", { values: 1000 }, [block("output", "a", { spec: "input.in[0].spec.list" })]],
    ["output", { output: 500 }, [block("output", "a", { spec: { a: "input.in[0].spec.text" } })]],
    ["resources", { resources: 1 }, [block("output", "a")]],
  ])("apply to %s", async (_, limits, blocks) => {
    const { failure } = await render(files(input, ...blocks), { limits });
    expect(failure?.message).toMatch(/^the package has more than|takes more than \d+ steps$/);
    expect(failure?.reason).toBe("LimitExceeded");
  });

  it("end results that grow from block to block", async () => {
    const chain = Array.from({ length: 40 }, (__, at) => {
      const from = at === 0 ? "input.in[0].spec.list" : `local.b${at - 1}[0].spec.list`;
      return block("local", `b${at}`, { spec: { list: `${from} + ${from}` } });
    });
    const started = performance.now();
    expect((await render(files(input, ...chain))).failure?.reason).toBe("LimitExceeded");
    expect(performance.now() - started).toBeLessThan(60_000);
  });

  it("are not reached by long chains of blocks", async () => {
    const chain = Array.from({ length: 1500 }, (__, at) => {
      return block("local", `b${at}`, { spec: { n: at === 1499 ? 1 : `local.b${at + 1}[0].spec.n + 1` } });
    });
    const output = block("output", "out", { spec: { n: "local.b0[0].spec.n" } });
    const { failure, changed } = await render(files(output, ...chain));
    expect(failure).toBeUndefined();
    expect(changed.get("out/example.org_v1.Widget..out.yaml")).toContain('"n":1500');
  });

  it("end a cycle of many blocks with a short message", async () => {
    const cycle = Array.from({ length: 1500 }, (__, at) => {
      return block("local", `b${at}`, { spec: { n: `local.b${(at + 1) % 1500}[0].spec.n` } });
    });
    const { failure } = await render(files(...cycle));
    expect(failure?.message).toMatch(
      /^blocks need each other in a cycle: local\.b0 → .*… → .*local\.b0, by `local\.b1/,
    );
    expect(failure?.message.length).toBeLessThan(300);
  });

  it("hold for names in messages", async () => {
    const long = "x".repeat(100_000);
    const { failure } = await render(files(block("input", long, {}, { "kform.dev/default": "false" })));
    expect(failure?.reason).toBe("InputMissing");
    expect(failure?.message.length).toBeLessThan(1100);
  });

  it("hold for texts that are no expressions, and for patterns", async () => {
    const texts = [
      "a.".repeat(50_000),
      "input.in[".repeat(20_000),
      "-a".repeat(50_000),
      `${"'".repeat(50_001)}input.in[0]`,
    ];
    const started = performance.now();
    for (const text of texts) await render(files(input, block("output", "a", { spec: { text } })));
    const pattern = 'input.in[0].spec.text.matches("(x+x+)+y")';
    expect((await render(files(input, block("output", "a", { spec: { pattern } })))).failure).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(30_000);
  });
});

describe("loops", () => {
  const input = block("input", "c", { spec: { n: "12", bad: "2x", map: { a: 1 } } });
  const made = async (annotations: object, name = "[each.key, 'x'].concat('-')") => {
    const { changed, failure } = await render(files(input, block("output", name, {}, annotations)));
    return failure === undefined ? changed.size : failure.message;
  };
  const counted = (count: string) => made({ "kform.dev/count": count }, '"a" + string(count.index)');

  it("count what is a number, also in a text", async () => {
    expect([await counted("input.c[0].spec.n"), await counted("'3'"), await counted("2 + 2")]).toEqual([12, 3, 4]);
  });

  it.each(["input.c[0].spec.bad", "'x2'", "''", "1.5", "[1]", "null", "true"])("refuse to count %s", async (count) => {
    expect(await counted(count)).toMatch(/: a count must be an integer of at least 0, and is of type /);
  });

  it.each(["input.c[1].spec.n", "1 / 0", "int(input.c[0].spec.bad)"])("fail where %s does", async (count) => {
    expect(await counted(count)).toMatch(/^`/);
  });

  it("go through mappings of the expression, and of the data", async () => {
    expect(await made({ "kform.dev/for-each": '{"a": 1, "b": 2}' })).toBe(2);
    expect(await made({ "kform.dev/for-each": "input.c[0].spec.map" })).toBe(1);
  });

  it.each(["null", "1", "'a'", "true"])("refuse to go through %s", async (given) => {
    expect(await made({ "kform.dev/for-each": given })).toMatch(
      /: for-each must be a list or a mapping, and is of type /,
    );
  });
});

describe("the functions that ran", () => {
  it("list kform once, with the number of blocks", async () => {
    expect((await render(files(block("input", "in"), block("output", "a")))).functions).toEqual([
      { package: "", image: "kform", version: "kform@1", resources: 2 },
    ]);
  });

  it("do not list it for a package without blocks", async () => {
    expect((await render(new Map([["a.yaml", "apiVersion: v1\nkind: A\nmetadata: {name: a}\n"]]))).functions).toEqual(
      [],
    );
  });
});

describe("objects that were taken", () => {
  const data = block("data", "d", {}, { "kform.dev/resource-type": "kubernetes_manifest" });
  const object = { apiVersion: "example.org/v1", kind: "Widget", metadata: { name: "d" }, spec: { a: 1 } };
  const digestOf = async (given: object) => {
    const { taken } = await render(files(data), { data: [{ object: { ...given }, source: "package edge1/app v3" }] });
    return taken[0]?.digest;
  };

  it("have the source and the digest of what they were", async () => {
    const { taken } = await render(files(data), { data: [{ object, source: "package edge1/app v3" }] });
    expect(taken).toEqual([
      {
        block: "kubernetes_manifest.d",
        apiVersion: "example.org/v1",
        kind: "Widget",
        name: "d",
        source: "package edge1/app v3",
        digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
      },
    ]);
    expect(await digestOf(Object.fromEntries(Object.entries(object).toReversed()))).toBe(taken[0]?.digest);
    expect(await digestOf({ ...object, spec: { a: 2 } })).not.toBe(taken[0]?.digest);
  });

  it("are told after a failure, too", async () => {
    const { failure, taken } = await render(
      files(data, block("output", "a", { spec: { x: "kubernetes_manifest.d[0].spec.b" } })),
      {
        data: [{ object, source: "s" }],
      },
    );
    expect([failure?.reason, taken.length]).toEqual(["ExpressionFailed", 1]);
  });
});

describe("files that are no text", () => {
  it("are not overwritten by outputs", async () => {
    const { failure } = await render(files(block("output", "a")), {
      binaries: new Set(["out/example.org_v1.Widget..a.yaml"]),
    });
    expect(failure).toMatchObject({ reason: "InvalidPath", file: "a.yaml" });
  });

  it("are refused where a block is expected", async () => {
    const { failure } = await render(files(block("output", "a")), { binaries: new Set(["b.yaml"]) });
    expect(failure).toMatchObject({ reason: "InvalidYAML", file: "b.yaml" });
  });
});
