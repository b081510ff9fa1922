import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import type { FunctionOutput, FunctionRuntime } from "../../ports/function-runtime.ts";
import { KUBERNETES_YAML } from "../../validation/yaml/read-documents.ts";
import { render } from "../render.ts";

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
interface Item {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
}

const RUNS = { numRuns: 300 };
const IMAGE = "example.com/fn";
const KPTFILE = JSON.stringify({
  apiVersion: "kpt.dev/v1",
  kind: "Kptfile",
  metadata: { name: "p" },
  pipeline: { mutators: [{ image: IMAGE, exclude: [{ kind: "Kptfile" }] }] },
});

const word = fc.constantFrom("a", "name", "yes", "1", "0x1", "~", "", " x", "# no", "a: b", "__proto__", "ä", "- ");
const leaf = fc.oneof(
  word,
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);
const { value } = fc.letrec<{ value: Json; list: Json; map: Json }>((tie) => ({
  value: fc.oneof({ depthSize: "small" }, leaf, tie("list"), tie("map")) as fc.Arbitrary<Json>,
  list: fc.array(tie("value"), { maxLength: 4 }),
  map: fc.dictionary(word, tie("value"), { maxKeys: 4, noNullPrototype: true }),
}));
const fields = fc.dictionary(fc.constantFrom("spec", "data", "list", "x"), value, { noNullPrototype: true });

/** A function that is a function of this test. */
function runtimeOf(run: (input: string) => FunctionOutput): FunctionRuntime {
  const program = { kind: "exec", version: "1", run: async (input: string) => run(input) } as const;
  return {
    starlark: async () => program,
    allowed: async (image) => (image === IMAGE ? program : undefined),
    container: () => undefined,
  };
}

const read = (text: string): unknown => parseAllDocuments(text, KUBERNETES_YAML)[0]?.toJS();
const done = (stdout: string): FunctionOutput => ({ exitCode: 0, stdout, stderr: "" });
const fileOf = (name: string, rest: object) => {
  const lines = Object.entries(rest).map(([key, one]) => `${JSON.stringify(key)}: ${JSON.stringify(one)} # about it\n`);
  return `# ${name}\napiVersion: v1\nkind: Widget\nmetadata:\n  name: ${name} # named\n${lines.join("")}`;
};
const filesOf = (all: readonly object[]) =>
  new Map([["Kptfile", KPTFILE], ...all.map((rest, at) => [`${at}.yaml`, fileOf(`w${at}`, rest)] as const)]);

describe("a function that runs elsewhere", () => {
  it("leaves what it does not change as it is, whatever the order of its fields and items", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fields, { minLength: 1, maxLength: 4 }), fc.boolean(), async (all, isJson) => {
        const sorted = (one: unknown): unknown => {
          if (Array.isArray(one)) return one.map(sorted);
          if (typeof one !== "object" || one === null) return one;
          return Object.fromEntries(
            Object.entries(one)
              .sort()
              .map(([key, below]) => [key, sorted(below)]),
          );
        };
        const identity = (input: string) => {
          if (!isJson) return done(input);
          const list = read(input) as { items: unknown[] };
          return done(JSON.stringify(sorted({ ...list, items: list.items.reverse() })));
        };
        const { failure, changed, removed } = await render(filesOf(all), { runtime: runtimeOf(identity) });
        expect([failure, [...changed], removed]).toEqual([undefined, [], []]);
      }),
      RUNS,
    );
  });

  it("makes files that have the values that it returned", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fields, fields), { minLength: 1, maxLength: 3 }), async (all) => {
        const wanted = all.map(([, after], at) => ({
          apiVersion: "v1",
          kind: "Widget",
          metadata: { name: `w${at}` },
          ...after,
        }));
        const change = (input: string) => {
          const list = read(input) as { items: readonly Item[] };
          const items = list.items.map((item, at) => ({ ...wanted[at], metadata: item.metadata }));
          return done(JSON.stringify({ kind: "ResourceList", items }));
        };
        const files = filesOf(all.map(([before]) => before));
        const { failure, changed, removed } = await render(files, { runtime: runtimeOf(change) });
        expect([failure, removed]).toEqual([undefined, []]);
        for (const [at, one] of wanted.entries()) {
          const text = changed.get(`${at}.yaml`) ?? files.get(`${at}.yaml`) ?? "";
          expect(read(text)).toEqual(read(JSON.stringify(one)));
          expect(text).toContain(`# w${at}\n`);
          expect(text).toContain("# named\n");
        }
      }),
      RUNS,
    );
  });

  it("ends with a result or a failure, whatever it writes", async () => {
    const resourceList = fc
      .record({ kind: fc.constantFrom("ResourceList", "List"), items: value, results: value })
      .map((list) => JSON.stringify(list));
    const items = fc.array(fc.record({ apiVersion: word, kind: word, metadata: value, spec: value }), { maxLength: 3 });
    const plausible = items.map((list) => JSON.stringify({ kind: "ResourceList", items: list }));
    const place = fc.record({
      "internal.config.kubernetes.io/path": fc.constantFrom(
        "a/b.yaml",
        "../x",
        "/etc/passwd",
        ".git/config",
        "0.yaml",
        "Kptfile",
      ),
      "internal.config.kubernetes.io/id": fc.constantFrom("1", "2", "99", "x"),
      "internal.config.kubernetes.io/index": fc.constantFrom("0", "-1", "1e9", "x"),
    });
    const placed = fc.array(place, { maxLength: 3 }).map((list) => {
      const all = list.map((annotations, at) => ({
        apiVersion: "v1",
        kind: "W",
        metadata: { name: `n${at}`, annotations },
      }));
      return JSON.stringify({ kind: "ResourceList", items: all });
    });
    const output = fc.oneof(fc.string(), resourceList, plausible, placed);
    await fc.assert(
      fc.asyncProperty(output, fc.integer({ min: 0, max: 2 }), async (stdout, exitCode) => {
        const run = () => ({ exitCode, stdout, stderr: stdout });
        const { failure, changed } = await render(filesOf([{ x: 1 }]), { runtime: runtimeOf(run) });
        if (failure === undefined) expect(exitCode).toBe(0);
        else expect(failure.message.length).toBeLessThan(1000);
        for (const path of changed.keys()) expect(path).not.toMatch(/^\/|(^|\/)\.\.(\/|$)|\.git\//);
      }),
      RUNS,
    );
  });
});
