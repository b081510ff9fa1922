import { describe, expect, it } from "vitest";
import { aRepository } from "../../core/testing/observed.ts";
import { GitError } from "../../storage/git/errors.ts";
import { removeDeletedDrafts } from "./remove-deleted-drafts.ts";

const NOW = new Date("2026-01-31T00:00:00Z");

function start(remove: () => Promise<number>) {
  const env = { uptime: 0, asked: [] as string[], events: [] as string[] };
  const context = {
    events: {
      record: (_: unknown, { reason, note }: { reason: string; note: string }) => env.events.push(reason, note),
    },
    now: () => NOW,
    uptimeMs: () => env.uptime,
  };
  const store = {
    removeDeletedDrafts: async (before: Date) => {
      env.asked.push(before.toISOString());
      return await remove();
    },
  };
  const cache = { store, removalPausedUntil: 0 };
  const call = { releaseWorkerWhile: async <T>(wait: () => Promise<T>) => await wait() };
  const run = async (retention = "24h") =>
    await removeDeletedDrafts(context as never, aRepository({ deletedDrafts: { retention } }), cache as never, call);
  return { env, run };
}

describe("removeDeletedDrafts", () => {
  it("removes those from before the retention", async () => {
    const { env, run } = start(async () => 1);
    await run();
    await run("0s");
    expect(env.asked).toEqual(["2026-01-30T00:00:00.000Z", NOW.toISOString()]);
    expect(env.events).toEqual([]);
  });

  it("reports a remote that refuses it once an hour, and lets the sync go on", async () => {
    const { env, run } = start(() => Promise.reject(new GitError("PushRejected", "protected tag")));
    await run();
    await run();
    expect(env.asked).toHaveLength(1);
    expect(env.events).toEqual([
      "DeletedDraftsKept",
      "tags of deleted drafts stay after spec.deletedDrafts.retention: protected tag",
    ]);
    env.uptime = 3_600_000;
    await run();
    expect(env.asked).toHaveLength(2);
  });

  it.each([new GitError("Closed", "closed"), new Error("a fault")])("does not hide %s", async (error) => {
    const { run } = start(() => Promise.reject(error));
    await expect(run()).rejects.toBe(error);
  });
});
