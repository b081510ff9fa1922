import { describe, expect } from "vitest";
import type { PushQueue } from "./push/push-queue.ts";
import { MAIN } from "./testing/fixtures.ts";
import { it } from "./testing/hostile-servers.ts";
import { commitOf, putText } from "./testing/repositories.ts";

describe("a push to a hostile remote", () => {
  /** A shell command that prints this many bytes to stderr. */
  const print = (bytes: number) => `yes "$(printf 'a%.0s' $(seq 5000))" | head -c ${bytes} >&2`;

  it("fails alone if a tag is named like its branch, and the message names the tag", async ({ repository, commit }) => {
    await repository.git("update-ref", "refs/tags/refs/heads/draft-1", commit);
    const queue = await repository.openQueue();
    const results = await Promise.allSettled(["draft-1", "draft-2"].map((name) => submit(queue, name)));
    expect(results).toMatchObject([
      {
        status: "rejected",
        reason: { reason: "RefConflict", message: expect.stringContaining("refs/tags/refs/heads/") },
      },
      { status: "fulfilled" },
    ]);
  });

  it("fails alone if a hook rejects it with megabytes of messages", async ({ repository }) => {
    await repository.commitFile(MAIN, "a", "1");
    const queue = await repository.openQueue();
    await repository.installHook("update", `case "$1" in */bad) ${print(3_000_000)}; exit 1;; esac`);
    const results = await Promise.allSettled(["good-1", "bad", "good-2"].map((name) => submit(queue, name)));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  it("succeeds if the remote applies it and then prints messages without end", async ({ repository }) => {
    await repository.commitFile(MAIN, "a", "1");
    const queue = await repository.openQueue();
    await repository.installHook("post-receive", print(8_000_000));
    const { refs } = await submit(queue, "draft");
    expect(await repository.git("rev-parse", "refs/heads/draft")).toBe(refs?.get("refs/heads/draft"));
  });
});

function submit(queue: PushQueue, name: string) {
  const commit = commitOf(putText("f", name));
  const change = { steps: [{ kind: "commit", ref: `refs/heads/${name}`, commit }], claims: [] } as const;
  return queue.submit({ name, plan: async () => ({ kind: "write", change, value: name }) });
}
