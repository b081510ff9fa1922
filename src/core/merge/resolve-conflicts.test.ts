import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CONFLICTS_PATH } from "./conflict-file.ts";
import { type Resolution, resolveConflicts } from "./resolve-conflicts.ts";
import { merged, pod, THREE } from "./testing/conflicting-files.ts";

function resolve(resolution: Resolution, [base, upstream, local]: readonly [string, string, string] = THREE) {
  const files = merged(base, upstream, local);
  const result = resolveConflicts(files, resolution);
  const after = new Map<string, string | null>([...files, ...(result?.changes ?? [])]);
  return { ...result, pod: after.get("pod.yaml"), list: after.get(CONFLICTS_PATH) };
}

/** A field with a path of more than 500 characters. */
function deep(value: string): string {
  const keys = Array.from({ length: 60 }, (_, at) => `${"  ".repeat(at)}field${at}ofmany:\n`);
  return `${keys.join("")}${"  ".repeat(60)}last: ${value}\n`;
}

describe("resolveConflicts", () => {
  it("takes all values of upstream, and nothing else of the file changes", () => {
    const { pod: text, list, resolved, left, remaining } = resolve({ side: "upstream" });
    expect(text).toBe(THREE[1]);
    expect([list, resolved?.length, left, remaining]).toEqual([null, 3, [], 0]);
  });

  it("keeps the package's values", () => {
    expect(resolve({ side: "local" })).toMatchObject({ pod: THREE[2], list: null, remaining: 0 });
  });

  it("resolves the conflicts of one field, and keeps the others in the list", () => {
    const field = "spec.containers[name=web].image";
    const { pod: text, list, remaining } = resolve({ side: "upstream", file: "pod.yaml", field });
    expect(text).toBe(pod("a:2", 82, "three"));
    expect(remaining).toBe(2);
    expect(list).not.toContain("image");
    expect(list).toMatch(/^# Both sides/);
    expect(list).toContain('field: metadata.labels["app.kubernetes.io/name"]');
  });

  it.each([
    ["a field that upstream has removed", "a: {b: 1, c: 1}\n", "a: {c: 1}\n", "a: {b: 2, c: 1}\n", "a: {c: 1}\n"],
    ["a mapping", "a: 1\n", "a:\n  b: [1, x]\n", "a: 2\n", "a:\n  b:\n  - 1\n  - x\n"],
    ["a text that looks like another type", "a: x\n", 'a: "yes"\n', "a: z\n", 'a: "yes"\n'],
    ["a large number", "a: 1\n", "a: 12345678901234567890\n", "a: 2\n", "a: 12345678901234567890\n"],
    ["a text with quotes", "a: x\n", 'a: "y: \\"z\\""\n', "a: z\n", "a: 'y: \"z\"'\n"],
  ])("takes %s", (_, base, upstream, local, expected) => {
    const head = "apiVersion: v1\nkind: Thing\nmetadata: {name: x}\n";
    expect(resolve({ side: "upstream" }, [head + base, head + upstream, head + local]).pod).toBe(head + expected);
  });

  it("leaves what the list does not have whole", () => {
    const secret = (value: string) => `apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData: {a: ${value}}\n`;
    const {
      left,
      remaining,
      pod: text,
    } = resolve({ side: "upstream" }, [secret("one"), secret("two"), secret("three")]);
    expect([left?.length, remaining, text]).toEqual([1, 1, secret("three")]);
  });

  it("resolves the conflicts of one resource", () => {
    expect(resolve({ side: "upstream", resource: "v1 Pod other" })).toMatchObject({ resolved: [], remaining: 3 });
    expect(resolve({ side: "local", resource: "v1 Pod web" })).toMatchObject({ list: null, remaining: 0 });
  });

  it("leaves a field whose path the list does not have whole", () => {
    const nested = (value: string) => `apiVersion: v1\nkind: Thing\nmetadata: {name: x}\n${deep(value)}`;
    const sides = [nested("1"), nested("2"), nested("3")] as const;
    const { left, pod: text } = resolve({ side: "upstream" }, sides);
    expect([left?.length, text]).toEqual([1, sides[2]]);
  });

  it("says that there is nothing to resolve", () => {
    for (const text of ["", "a: [", "conflicts: 1"]) {
      expect(resolveConflicts(new Map([[CONFLICTS_PATH, text]]), { side: "local" })).toBeUndefined();
    }
    expect(resolveConflicts(new Map(), { side: "local" })).toBeUndefined();
  });

  it("never throws, whatever the list says", () => {
    const part = fc.constantFrom("a", ".b", "[name=x]", '["k"]', "[0]", "[=1]", "[", "]", "\\", '"', "=");
    const field = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(""));
    const value = fc.constantFrom("1", "{", '{"a":[1]}', "null", "", '"x"');
    fc.assert(
      fc.property(field, value, (path, upstream) => {
        const list = { kind: "field", file: "pod.yaml", field: path, upstream };
        const files = new Map([
          ["pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\na: {b: [{name: x, a: 1}]}\n"],
          [CONFLICTS_PATH, JSON.stringify({ conflicts: [list] })],
        ]);
        const { resolved = [], left = [] } = resolveConflicts(files, { side: "upstream" }) ?? {};
        expect(resolved.length + left.length).toBe(1);
      }),
    );
  });
});
