import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CONFLICTS_PATH, writeConflicts } from "./conflict-file.ts";
import { mergePackages } from "./merge-packages.ts";
import { type Resolution, resolveConflicts } from "./resolve-conflicts.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

function pod(image: string, port: number, label: string): string {
  return `apiVersion: v1
kind: Pod
metadata:
  name: web # ours
  labels: {app.kubernetes.io/name: ${label}}
spec:
  containers:
    - name: side
      image: s:1
    - name: web
      image: ${image} # keep
      ports:
        - containerPort: ${port}
          protocol: TCP
          name: http
`;
}

/** The files of a package after a merge of texts of one file. */
function merged(base: string, upstream: string, local: string): ReadonlyMap<string, string> {
  const side = (text: string) => new Map([["pod.yaml", encode(text)]]);
  const {
    files,
    conflicts,
    conflictCount: count,
  } = mergePackages({
    base: side(base),
    upstream: side(upstream),
    local: side(local),
  });
  const list = decode(writeConflicts({ upstream: "blue/lib v2", conflicts, count }));
  return new Map([...[...files].map(([path, bytes]) => [path, decode(bytes)] as const), [CONFLICTS_PATH, list]]);
}

const THREE = [pod("a:1", 80, "one"), pod("a:2", 81, "two"), pod("a:3", 82, "three")] as const;

function resolve(resolution: Resolution, [base, upstream, local]: readonly [string, string, string] = THREE) {
  const files = merged(base, upstream, local);
  const result = resolveConflicts(files, resolution);
  const after = new Map<string, string | null>([...files, ...(result?.changes ?? [])]);
  return { ...result, pod: after.get("pod.yaml"), list: after.get(CONFLICTS_PATH) };
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
