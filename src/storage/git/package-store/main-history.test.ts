import { describe, expect, vi } from "vitest";
import { it, MAIN } from "../testing/fixtures.ts";
import { MainHistory } from "./main-history.ts";

describe("MainHistory", () => {
  it("follows a branch that advances, by one commit or several", async ({ repository }) => {
    const first = await repository.commitFile(MAIN, "f", "1");
    const second = await repository.commitFile(MAIN, "f", "2");
    await repository.commitFile(MAIN, "f", "3");
    const last = await repository.commitFile(MAIN, "f", "4");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    const history = new MainHistory(mirror, undefined);
    for (const commit of [first, first, second, last]) await history.follow(commit);
    expect([history.accepted, history.lost]).toEqual([last, undefined]);
  });

  it("starts no process for a publication, which adds one commit", async ({ repository }) => {
    const first = await repository.commitFile(MAIN, "f", "1");
    const second = await repository.commitFile(MAIN, "f", "2");
    const third = await repository.commitFile(MAIN, "f", "3");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    const contains = vi.spyOn(mirror.history, "contains");
    const history = new MainHistory(mirror, first);
    await history.follow(second);
    expect(contains).not.toHaveBeenCalled();
    await new MainHistory(mirror, first).follow(third);
    expect(contains).toHaveBeenCalledOnce();
  });

  it("keeps the followed commit of a rewritten branch, until the branch has it again", async ({ repository }) => {
    const first = await repository.commitFile(MAIN, "f", "1");
    const followed = await repository.commitFile(MAIN, "f", "2");
    await repository.git("update-ref", "refs/heads/kept", followed);
    await repository.git("update-ref", MAIN, first);
    const rewritten = await repository.commitFile(MAIN, "f", "other");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    const history = new MainHistory(mirror, followed);
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
    const history = new MainHistory(mirror, followed);
    await history.follow(other);
    history.accept(other);
    expect([history.accepted, history.lost]).toEqual([other, undefined]);
    await history.follow(next);
    expect([history.accepted, history.lost]).toEqual([next, undefined]);
  });

  it("does not change for a deleted branch", async ({ repository }) => {
    const followed = await repository.commitFile(MAIN, "f", "1");
    const history = new MainHistory(await repository.openMirror(), followed);
    await history.follow(undefined);
    expect([history.accepted, history.lost]).toEqual([followed, undefined]);
  });
});
