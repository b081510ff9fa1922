import { expect, it } from "vitest";
import { GitError } from "../../../storage/git/errors.ts";
import { withRepair } from "./with-repair.ts";

/** A repository whose local copy lacks something until it is repaired. */
class Damaged {
  repairs = 0;

  async repair() {
    this.repairs += 1;
  }

  async read() {
    if (this.repairs === 0) throw new GitError("ObjectMissing", "a commit is missing");
    return "files";
  }
}

it("withRepair reads again what the local copy lacked, and nothing else", async () => {
  const store = new Damaged();
  expect(await withRepair(store, async () => await store.read())).toBe("files");
  expect(store.repairs).toBe(1);
  const other = new Error("other");
  await expect(withRepair(store, async () => await Promise.reject(other))).rejects.toBe(other);
  expect(store.repairs).toBe(1);
  const lasting = async () => await Promise.reject(new GitError("MirrorCorrupt", "still"));
  await expect(withRepair(store, lasting)).rejects.toThrow("still");
});
