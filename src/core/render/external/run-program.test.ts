import { describe, expect, it } from "vitest";
import type { FunctionRuntime } from "../../ports/function-runtime.ts";
import { render } from "../render.ts";

const IMAGE = "example.com/fn";
const pipeline = { mutators: [{ image: IMAGE, exclude: [{ kind: "Kptfile" }] }] };
const FILES = new Map([
  ["Kptfile", JSON.stringify({ apiVersion: "kpt.dev/v1", kind: "Kptfile", metadata: { name: "p" }, pipeline })],
  ["a.yaml", "apiVersion: v1\nkind: Widget\nmetadata:\n  name: a\n"],
]);

async function renderWith(stdout: string, exitCode = 0) {
  const program = { kind: "exec", version: "1", run: async () => ({ exitCode, stdout, stderr: "" }) } as const;
  const runtime: FunctionRuntime = {
    starlark: async () => program,
    allowed: async () => program,
    container: () => undefined,
  };
  return await render(FILES, { runtime });
}

describe("the output of a function", () => {
  const many = 3_000_000;

  it.each([
    ["JSON", `{"kind": "ResourceList", "items": [${"[],".repeat(many)}{}]}`],
    ["YAML in lines", `kind: ResourceList\nitems:\n${"- {}\n".repeat(many)}`],
    ["YAML in brackets", `kind: ResourceList\nitems: [${"{},".repeat(many)}{}]\n`],
  ])("with too many values is not read: %s", async (_, stdout) => {
    const started = performance.now();
    for (const exitCode of [0, 1]) {
      const { failure } = await renderWith(stdout, exitCode);
      expect(failure).toMatchObject({ reason: "LimitExceeded", function: IMAGE });
    }
    expect(performance.now() - started).toBeLessThan(60_000);
  });

  it("may have many results, of which the first are kept", async () => {
    const results = Array.from({ length: 1000 }, (_, at) => ({ severity: "info", message: `${at}` }));
    const list = { kind: "ResourceList", items: [{ apiVersion: "v1", kind: "W", metadata: { name: "a" } }], results };
    const { results: kept, counts } = await renderWith(JSON.stringify(list));
    expect([kept.length, counts.info]).toEqual([200, 1000]);
  });

  it("may take all resources away", async () => {
    const { removed, failure } = await renderWith("kind: ResourceList\nitems: []\n");
    expect([failure, removed]).toEqual([undefined, ["a.yaml"]]);
  });
});
