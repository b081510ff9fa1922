import { it as base, describe, expect, vi } from "vitest";
import type { KubeObject, ObjectKey, Resource } from "../api/meta.ts";
import type { Condition } from "../api/v1alpha1/conditions.ts";
import type { Patch, ResourcesClient } from "../core/ports/resources-client.ts";
import { ApiError } from "./client/errors.ts";
import { patchStatus } from "./patch-status.ts";

interface Thing extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly count?: number;
    readonly note?: string;
    readonly plan?: object;
  };
}

const things: Resource<Thing> = { group: "", version: "v1", plural: "things", kind: "Thing", namespaced: true };
const OURS = new Set(["Ready", "Stalled"]);
const conflict = () => new ApiError({ code: 409, reason: "Conflict", message: "conflict" });

function condition(type: string, status: Condition["status"] = "True"): Condition {
  return { type, status, reason: "Test", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" };
}

function thing(status: Thing["status"], resourceVersion = "1", uid = "u"): Thing {
  return { metadata: { namespace: "ns", name: "a", uid, resourceVersion }, ...(status && { status }) };
}

/** A client whose patches fail with the queued errors first. */
const it = base.extend("server", () => {
  const failures: Error[] = [];
  const patch = vi.fn(async (_resource: Resource<Thing>, _key: ObjectKey, _patch: Patch) => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    return thing({ note: "patched" }, "9");
  });
  const get = vi.fn(async () => thing({ conditions: [condition("Foreign", "False")] }, "2"));
  const client = { patchStatus: patch, get } as unknown as ResourcesClient;
  return { client, failures, patch, get, bodies: () => patch.mock.calls.map(([, , { body }]) => body) };
});

describe("patchStatus", () => {
  it("makes no request if nothing differs", async ({ server: { client, patch } }) => {
    const object = thing({ count: 1, conditions: [condition("Ready"), condition("Foreign")] });
    const status = { count: 1, conditions: [condition("Ready")], note: undefined };
    expect(await patchStatus(client, things, object, status, OURS)).toEqual({ before: object, after: object });
    expect(patch).not.toHaveBeenCalled();
  });

  it("removes the members of a field that a later value does not have", async ({ server }) => {
    const object = thing({ plan: { create: 1, created: ["a"] } });
    await patchStatus(server.client, things, object, { plan: { create: 0, note: undefined } }, OURS);
    const metadata = { resourceVersion: "1" };
    expect(server.bodies()).toEqual([{ metadata, status: { plan: { create: 0, created: null, note: null } } }]);
  });

  it("removes the members of a field that the live object has, and the cache does not", async ({ server }) => {
    const { client, failures, get, bodies } = server;
    failures.push(conflict());
    get.mockResolvedValueOnce(thing({ plan: { create: 1, removed: ["b"] } }, "2"));
    await patchStatus(client, things, thing({ plan: { create: 1 } }), { plan: { create: 0 } }, OURS);
    expect(bodies()).toEqual([
      { metadata: { resourceVersion: "1" }, status: { plan: { create: 0 } } },
      { metadata: { resourceVersion: "2" }, status: { plan: { create: 0, removed: null } } },
    ]);
  });

  it("writes the fields that differ, and removes those that are undefined", async ({ server }) => {
    const { client, patch, bodies } = server;
    const object = thing({ count: 1, note: "old" });
    const { after: patched } = await patchStatus(
      client,
      things,
      object,
      { count: 2, note: undefined, same: null },
      OURS,
    );
    expect(patched.metadata.resourceVersion).toBe("9");
    expect(patch.mock.calls[0]?.slice(0, 2)).toEqual([things, { namespace: "ns", name: "a" }]);
    expect(bodies()).toEqual([{ status: { count: 2, note: null } }]);
    expect(patch.mock.calls[0]?.[2].kind).toBe("merge");
  });

  it("writes a status to an object without one", async ({ server: { client, bodies } }) => {
    await patchStatus(client, things, thing(undefined), { count: 1 }, OURS);
    expect(bodies()).toEqual([{ status: { count: 1 } }]);
  });

  it("keeps the conditions of other controllers, and replaces ours", async ({ server: { client, bodies } }) => {
    const object = thing({ conditions: [condition("Foreign"), condition("Ready", "False"), condition("Stalled")] });
    await patchStatus(
      client,
      things,
      object,
      { conditions: [condition("Ready"), condition("Foreign", "False")] },
      OURS,
    );
    expect(bodies()).toEqual([
      {
        metadata: { resourceVersion: "1" },
        status: { conditions: [condition("Ready"), condition("Foreign")] },
      },
    ]);
  });

  it("drops conditions of other controllers above the limit of the schema", async ({ server: { client, bodies } }) => {
    const foreign = Array.from({ length: 32 }, (_, index) => condition(`Foreign-${index}`));
    const own = [condition("Ready"), condition("Stalled")];
    await patchStatus(client, things, thing({ conditions: foreign }), { conditions: own }, OURS);
    expect(bodies()).toMatchObject([{ status: { conditions: [...own, ...foreign.slice(0, 30)] } }]);
  });

  it("builds the patch again from the live object after a conflict", async ({ server }) => {
    const { client, failures, get, bodies } = server;
    failures.push(conflict());
    await patchStatus(client, things, thing({}), { conditions: [condition("Ready")] }, OURS);
    expect(get).toHaveBeenCalledWith(things, { namespace: "ns", name: "a" });
    expect(bodies()).toEqual([
      { metadata: { resourceVersion: "1" }, status: { conditions: [condition("Ready")] } },
      {
        metadata: { resourceVersion: "2" },
        status: { conditions: [condition("Ready"), condition("Foreign", "False")] },
      },
    ]);
  });

  it("rejects with the fifth conflict", async ({ server: { client, failures, patch } }) => {
    failures.push(...Array.from({ length: 5 }, conflict));
    await expect(patchStatus(client, things, thing({}), { count: 1 }, OURS)).rejects.toThrow("conflict");
    expect(patch).toHaveBeenCalledTimes(5);
  });

  it("succeeds after four conflicts", async ({ server: { client, failures } }) => {
    failures.push(...Array.from({ length: 4 }, conflict));
    const { before, after } = await patchStatus(client, things, thing({}), { count: 1 }, OURS);
    expect(after.metadata.resourceVersion).toBe("9");
    expect(before.metadata.resourceVersion).toBe("2");
  });

  it("does not write to an object that was recreated under its name", async ({ server }) => {
    const { client, failures, patch } = server;
    failures.push(conflict());
    await expect(patchStatus(client, things, thing({}, "1", "deleted"), { count: 1 }, OURS)).rejects.toThrow(
      "conflict",
    );
    expect(patch).toHaveBeenCalledTimes(1);
  });

  it("rejects with any other error at once", async ({ server: { client, failures, patch, get } }) => {
    failures.push(new ApiError({ code: 422, reason: "Invalid", message: "invalid" }));
    await expect(patchStatus(client, things, thing({}), { count: 1 }, OURS)).rejects.toThrow("invalid");
    expect([patch.mock.calls.length, get.mock.calls.length]).toEqual([1, 0]);
  });
});
