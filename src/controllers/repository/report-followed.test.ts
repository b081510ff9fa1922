import { describe, expect } from "vitest";
import { reportFollowed } from "./report-followed.ts";
import { cacheIn, type createEnv, gitIn, it, KEY } from "./testing/env.ts";

type Context = Parameters<typeof reportFollowed>[0];

/** A Repository whose main has moved since its status was written. */
async function moveMain(
  env: ReturnType<typeof createEnv>,
): Promise<{ readonly before: string; readonly moved: string }> {
  env.set();
  await env.reconcile();
  const before = await gitIn(env, "rev-parse", "main");
  const moved = await gitIn(env, "commit-tree", "main^{tree}", "-p", "main", "-m", "moved");
  await gitIn(env, "update-ref", "refs/heads/main", moved);
  await cacheIn(env).store.fetch();
  return { before, moved };
}
const commitIn = (env: ReturnType<typeof createEnv>) => env.cluster.repositories.get(KEY)?.status?.commit;

describe("reportFollowed", () => {
  it("writes the commit that status does not have yet, and nothing else", async ({ env }) => {
    const { moved } = await moveMain(env);
    const { commit: _, ...others } = env.cluster.repositories.get(KEY)?.status ?? {};
    await reportFollowed(env.context);
    expect(env.cluster.repositories.get(KEY)?.status).toEqual({ ...others, commit: moved });
    const client = { patchStatus: async () => Promise.reject(new Error("not again")) };
    await reportFollowed({ ...env.context, client, log: { warn: () => expect.unreachable() } } as unknown as Context);
  });

  it("leaves the Repository of another replica alone, and one that was not read", async ({ env }) => {
    const { before } = await moveMain(env);
    await reportFollowed({ ...env.context, ownership: { ownsRepository: () => false } } as unknown as Context);
    await reportFollowed({ ...env.context, registry: { get: () => undefined } } as unknown as Context);
    expect(commitIn(env)).toBe(before);
  });

  it("logs a failure", async ({ env }) => {
    await moveMain(env);
    const warned: unknown[] = [];
    const client = { patchStatus: async () => Promise.reject(new Error("down")) };
    const log = { warn: (_: string, fields: { readonly repository: string }) => warned.push(fields.repository) };
    await reportFollowed({ ...env.context, client, log } as unknown as Context);
    expect(warned).toEqual([KEY]);
  });
});
