import { mkdir, rmdir } from "node:fs/promises";
import { describe, expect, vi } from "vitest";
import { it, MAIN } from "../testing/fixtures.ts";
import { MainHistory } from "./main-history.ts";

const UID = "0c3b3b9e-8d2e-4c8c-a3f5-0e6a1c2b7d10";

describe("MainHistory", () => {
  it("follows a branch that advances, by one commit or several", async ({ repository }) => {
    const first = await repository.commitFile(MAIN, "f", "1");
    const second = await repository.commitFile(MAIN, "f", "2");
    await repository.commitFile(MAIN, "f", "3");
    const last = await repository.commitFile(MAIN, "f", "4");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    const history = await MainHistory.open(mirror, UID, undefined);
    for (const commit of [first, first, second, last]) await history.follow(commit);
    expect([history.accepted, history.lost]).toEqual([last, undefined]);
  });

  it("starts no process for a few publications, which add a commit each", async ({ repository }) => {
    const first = await repository.commitFile(MAIN, "f", "1");
    const second = await repository.commitFile(MAIN, "f", "2");
    const third = await repository.commitFile(MAIN, "f", "3");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    const processes = vi.spyOn(mirror.repository, "tryLocal");
    const history = await MainHistory.open(mirror, UID, first);
    await history.follow(second);
    await (await MainHistory.open(mirror, "another-uid", first)).follow(third);
    expect(processes).not.toHaveBeenCalled();
    await (await MainHistory.open(mirror, "third-uid", third)).follow(first);
    expect(processes).toHaveBeenCalledOnce();
  });

  it("keeps the followed commit of a rewritten branch, until the branch has it again", async ({ repository }) => {
    const first = await repository.commitFile(MAIN, "f", "1");
    const followed = await repository.commitFile(MAIN, "f", "2");
    await repository.git("update-ref", "refs/heads/kept", followed);
    await repository.git("update-ref", MAIN, first);
    const rewritten = await repository.commitFile(MAIN, "f", "other");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    const history = await MainHistory.open(mirror, UID, followed);
    await history.follow(rewritten);
    expect([history.accepted, history.lost]).toEqual([followed, followed]);
    await history.follow(first);
    expect([history.accepted, history.lost]).toEqual([followed, followed]);
    await history.follow(followed);
    expect([history.accepted, history.lost]).toEqual([followed, undefined]);
  });

  it("continues from a rewritten history only after it was accepted", async ({ repository }) => {
    const followed = await repository.commitFile(MAIN, "f", "1");
    const other = await repository.commitFile("refs/heads/other", "f", "unrelated");
    const next = await repository.commitFile("refs/heads/other", "f", "next");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    const history = await MainHistory.open(mirror, UID, followed);
    await history.follow(other);
    await history.accept(other);
    expect([history.accepted, history.lost]).toEqual([other, undefined]);
    await history.follow(next);
    expect([history.accepted, history.lost]).toEqual([next, undefined]);
  });

  it("does not change for a deleted branch", async ({ repository }) => {
    const followed = await repository.commitFile(MAIN, "f", "1");
    const history = await MainHistory.open(await repository.openMirror(), UID, followed);
    await history.follow(undefined);
    expect([history.accepted, history.lost]).toEqual([followed, undefined]);
  });

  it("continues after a restart from the disk, where what the cluster has is older", async ({ repository }) => {
    const first = await repository.commitFile(MAIN, "f", "1");
    const second = await repository.commitFile(MAIN, "f", "2");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    await (await MainHistory.open(mirror, UID, first)).follow(second);
    // The remote's branch goes back, and a process that is killed then has fetched that.
    await repository.git("update-ref", MAIN, first);
    await mirror.fetch();
    const restarted = await repository.openMirror();
    const history = await MainHistory.open(restarted, UID, first);
    expect(history.accepted).toBe(second);
    await history.follow(restarted.refs().get(MAIN)?.commit);
    expect(history.lost).toBe(second);
  });

  it("follows the cluster where the disk is older, as after another replica", async ({ repository }) => {
    const first = await repository.commitFile(MAIN, "f", "1");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    await (await MainHistory.open(mirror, UID, undefined)).follow(first);
    const second = await repository.commitFile(MAIN, "f", "2");
    const accepted = await repository.commitFile("refs/heads/other", "f", "unrelated");
    await mirror.fetch();
    for (const known of [second, accepted]) {
      const history = await MainHistory.open(mirror, UID, known);
      await history.follow(known);
      expect([history.accepted, history.lost]).toEqual([known, undefined]);
      await mirror.recordFollowed(UID, first);
    }
  });

  it("reports a commit that the disk has recorded and no ref of the remote has any more", async ({ repository }) => {
    const first = await repository.commitFile(MAIN, "f", "1");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    const gone = "1".repeat(40);
    await mirror.recordFollowed(UID, gone);
    const history = await MainHistory.open(mirror, UID, first);
    await history.follow(first);
    expect([history.accepted, history.lost]).toEqual([gone, gone]);
    await mirror.recordFollowed(UID, await repository.git("rev-parse", `${first}:f`));
    expect((await MainHistory.open(mirror, UID, first)).accepted).toBe(first);
  });

  it("follows the cluster where the disk has a commit of another object format", async ({ repository }) => {
    const first = await repository.commitFile(MAIN, "f", "1");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    await mirror.recordFollowed(UID, "1".repeat(64));
    const history = await MainHistory.open(mirror, UID, first);
    await history.follow(first);
    expect([history.accepted, history.lost]).toEqual([first, undefined]);
  });

  it("follows for each Repository alone, also where two share a mirror", async ({ repository }) => {
    const first = await repository.commitFile(MAIN, "f", "1");
    const second = await repository.commitFile(MAIN, "f", "2");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    await (await MainHistory.open(mirror, UID, undefined)).follow(second);
    const other = await MainHistory.open(mirror, "another-uid", undefined);
    await other.follow(first);
    expect([other.accepted, mirror.followed(UID)]).toEqual([first, second]);
  });

  it("is not followed further than the disk has it", async ({ repository }) => {
    const first = await repository.commitFile(MAIN, "f", "1");
    const second = await repository.commitFile(MAIN, "f", "2");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    const history = await MainHistory.open(mirror, UID, first);
    await mkdir(`${mirror.repository.followedFile}.new`);
    await expect(history.follow(second)).rejects.toThrow();
    expect(history.accepted).toBe(first);
    await rmdir(`${mirror.repository.followedFile}.new`);
    await history.follow(second);
    expect(history.accepted).toBe(second);
  });
});
