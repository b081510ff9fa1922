import { describe, expect, it } from "vitest";
import { namedApiVersions } from "./named-api-versions.ts";

const of = (text: string, path = "a.yaml") => [...namedApiVersions([[path, new TextEncoder().encode(text)]])];

describe("namedApiVersions", () => {
  it.each([
    ["apiVersion: v1\n", ["v1"]],
    ["apiVersion:   apps/v1 # one\nkind: A\n---\r\napiVersion: 'batch/v1'\r\n", ["apps/v1", "batch/v1"]],
    ['{"apiVersion":"gateway.networking.k8s.io/v1beta1", "kind": "A"}', ["gateway.networking.k8s.io/v1beta1"]],
    ["kind: List\nitems:\n- apiVersion: v1\n- {kind: A, 'apiVersion': apps/v1}\n", ["v1", "apps/v1"]],
    ["apiVersion: &v !!str apps/v1\n", []],
    ["apiVersion: &v apps/v1\n", ["apps/v1"]],
    ["apiVersion:\n  apps/v1\n", ["apps/v1"]],
    ["apiVersion: [\napiVersion: {{ x }}\napiVersion: 5\n", ["5"]],
  ])("finds in %j: %j", (text, expected) => expect(of(text)).toEqual(expected));

  it("looks at YAML files only, and finds at most 200", () => {
    expect(of("apiVersion: v1\n", "a.txt")).toEqual([]);
    expect(of("apiVersion: v1\n", "Kptfile")).toEqual(["v1"]);
    expect(of(Array.from({ length: 300 }, (_, n) => `apiVersion: v${n}\n`).join(""))).toHaveLength(200);
  });

  it("takes linear time", () => {
    const started = performance.now();
    for (const part of ["apiVersion:", "apiVersion:\n", "apiVersion: &a ", "apiVersion: &", "'", '"apiVersion"'])
      of(part.repeat(Math.ceil(3_000_000 / part.length)));
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
