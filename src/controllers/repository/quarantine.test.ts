import { describe, expect, vi } from "vitest";
import { ANNOTATION_SYNC } from "../../api/v1alpha1/well-known.ts";
import { sha256Hex } from "../../core/identity/hash.ts";
import { type Env, it, KEY } from "./testing/env.ts";

/** The Repository, as it is now, was being read when the process ended, so often. */
function blame(env: Env, times: number): void {
  const { uid, generation, annotations } = env.cluster.repositories.get(KEY)?.metadata ?? {};
  const blamed = sha256Hex([uid, generation, annotations?.[ANNOTATION_SYNC] ?? ""].join(" "));
  vi.spyOn(env.context.journal, "endsOf").mockImplementation((key, version) =>
    key === KEY && version === blamed ? times : 0,
  );
}

describe("a Repository that was being read when the process ended", () => {
  it("is read after two times", async ({ env }) => {
    env.set();
    blame(env, 2);
    await env.reconcile();
    expect(env.ready()).toMatchObject({ status: "True", reason: "Synced" });
  });

  it("is left alone after three, and nothing of it is kept", async ({ env }) => {
    env.set();
    await env.reconcile();
    blame(env, 3);
    await env.reconcile();
    expect(env.ready()).toMatchObject({ status: "False", reason: "Quarantined" });
    expect(env.ready()?.message).toContain(
      "kubectl annotate --overwrite pkgrepo blue pkg.pkgserver.dev/sync-requested-at=",
    );
    expect(env.registry.get(KEY)).toBeUndefined();
  });

  it.for([{ generation: 2 }, { annotations: { [ANNOTATION_SYNC]: "again" } }])(
    "is read again with %j",
    async (change, { env }) => {
      env.set();
      blame(env, 3);
      env.set({}, change);
      await env.reconcile();
      expect(env.ready()).toMatchObject({ status: "True", reason: "Synced" });
    },
  );

  it("takes a line of the journal, however long the value of a requested sync is", async ({ env }) => {
    const begin = vi.spyOn(env.context.journal, "begin");
    env.set({}, { annotations: { [ANNOTATION_SYNC]: "x".repeat(250_000) } });
    await env.reconcile();
    expect(begin.mock.calls.map(([, version]) => version.length)).toEqual([64]);
  });
});
