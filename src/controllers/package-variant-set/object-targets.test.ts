import { describe, expect, it } from "vitest";
import type { PackageVariantSet } from "../../api/v1alpha1/package-variant-set.ts";
import { ApiError } from "../../kube/client/errors.ts";
import { ObjectTargets } from "./object-targets.ts";

const SOURCE = { apiVersion: "v1", kind: "ConfigMap", selector: {}, serviceAccountName: "fleet" };

function setOf(...targets: readonly object[]): PackageVariantSet {
  return { metadata: { name: "s", namespace: "ns", uid: "u" }, spec: { targets } } as unknown as PackageVariantSet;
}

/** A cluster with these ConfigMaps. */
class Harness {
  readonly changed: string[] = [];
  lists = 0;
  items: readonly object[] = [{ metadata: { name: "a" }, data: { x: "1" } }];
  failure: ApiError | undefined;
  readonly targets = new ObjectTargets({
    clients: { clientOf: () => ({ send: async ({ path }) => this.#answer(path) }) },
    onChanged: (key) => void this.changed.push(key),
  });

  #answer(path: string): string {
    if (path === "/api/v1")
      return JSON.stringify({ resources: [{ name: "configmaps", kind: "ConfigMap", namespaced: true }] });
    this.lists++;
    if (this.failure !== undefined) throw this.failure;
    return JSON.stringify({ items: this.items, metadata: {} });
  }

  async names(set: PackageVariantSet) {
    const resolved = await this.targets.resolve(set);
    if (resolved.kind === "unknown") return resolved.message;
    return resolved.set.spec.targets.flatMap(({ list = [] }) => list.map(({ name }) => name));
  }
}

function nested(levels: number): object {
  return JSON.parse(`${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`) as object;
}

describe("ObjectTargets", () => {
  it("reads what a set asks for once, and reports what changes", async () => {
    const harness = new Harness();
    const set = setOf({ objects: SOURCE }, { matrix: [{ list: [{ name: "x" }] }, { objects: SOURCE }] });
    expect(await harness.names(set)).toEqual(["a"]);
    expect(await harness.names(set)).toEqual(["a"]);
    expect(harness.lists).toBe(1);
    await harness.targets.poll();
    expect(harness.changed).toEqual([]);
    harness.items = [...harness.items, { metadata: { name: "b" } }];
    await harness.targets.poll();
    expect(harness.changed).toEqual(["ns/s"]);
    expect(await harness.names(set)).toEqual(["a", "b"]);
  });

  it("says that nothing is known while it cannot read, and reports when it can again", async () => {
    const harness = new Harness();
    const set = setOf({ objects: SOURCE });
    await harness.names(set);
    harness.failure = new ApiError({ code: 403, reason: "Forbidden", message: "may not", request: "GET /x" });
    await harness.targets.poll();
    expect(await harness.names(set)).toMatch(/cannot be read with ServiceAccount fleet: may not$/);
    harness.failure = undefined;
    await harness.targets.poll();
    expect(harness.changed).toEqual(["ns/s", "ns/s"]);
    expect(await harness.names(set)).toEqual(["a"]);
  });

  it("stands objects of any depth and size, and says what is wrong with them", async () => {
    const harness = new Harness();
    const set = setOf({ objects: SOURCE });
    await harness.names(set);
    harness.items = [{ metadata: { name: "deep" }, spec: nested(600) }];
    await harness.targets.poll();
    expect(await harness.names(set)).toMatch(/nested deeper than 500 levels$/);
    const large = (name: string) => ({ metadata: { name }, data: { x: "x".repeat(1_000_000) } });
    harness.items = Array.from({ length: 9 }, (_, at) => large(`n${at}`));
    await harness.targets.poll();
    expect(await harness.names(set)).toMatch(/the targets have more than 8388608 characters$/);
    harness.items = [];
    await harness.targets.poll();
    expect(await harness.names(set)).toEqual([]);
  });

  it("forgets a set, and one without such targets", async () => {
    const harness = new Harness();
    await harness.names(setOf({ objects: SOURCE }));
    await harness.names(setOf({ list: [{ name: "a" }] }));
    harness.items = [];
    await harness.targets.poll();
    expect(harness.changed).toEqual([]);
  });
});
