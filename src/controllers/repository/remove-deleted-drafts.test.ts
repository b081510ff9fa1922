import { describe, expect, it } from "vitest";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { draftBranch, trailersOf } from "../../core/testing/discovered.ts";
import { aRepository, aRevision } from "../../core/testing/observed.ts";
import { GitError } from "../../storage/git/errors.ts";
import { type SharedRevisionIndex, sharedRevisionIndexes } from "../shared/indexes.ts";
import { liveDrafts, removeDeletedDrafts } from "./remove-deleted-drafts.ts";

const NOW = new Date("2026-01-31T00:00:00Z");

function start(remove: () => Promise<number>) {
  const env = { uptime: 0, asked: [] as string[], events: [] as string[] };
  const context = {
    events: {
      record: (_: unknown, { reason, note }: { reason: string; note: string }) => env.events.push(reason, note),
    },
    now: () => NOW,
    uptimeMs: () => env.uptime,
    revisions: { byIndex: () => [] },
  };
  const store = {
    removeDeletedDrafts: async (before: Date) => {
      env.asked.push(before.toISOString());
      return await remove();
    },
  };
  const cache = { key: "default/blue", store, removalPausedUntil: 0 };
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

describe("liveDrafts", () => {
  const draft = draftBranch("net/dns", "one", { trailers: trailersOf("net/dns", "one", { uid: "uid-1" }) });
  it.each([
    ["the object is there", { uid: "uid-1" }, true],
    ["the object is being deleted", { uid: "uid-1", deletionTimestamp: "2025-01-02T03:04:05Z" }, false],
    ["another object has its name", { uid: "uid-2" }, false],
  ])("where %s", (_, more, expected) => {
    const packageRevID = { repository: "blue", realm: "net", package: "dns", workspace: "one" };
    const object = aRevision({ spec: { packageRevID } });
    const all: PackageRevision[] = [{ ...object, metadata: { ...object.metadata, ...more } }];
    const byIndex = (index: SharedRevisionIndex, value: string) =>
      all.filter((one) => sharedRevisionIndexes[index](one).includes(value));
    expect(liveDrafts({ byIndex }, "default/blue")(draft)).toBe(expected);
    expect(liveDrafts({ byIndex }, "other/blue")(draft)).toBe(false);
  });
});
