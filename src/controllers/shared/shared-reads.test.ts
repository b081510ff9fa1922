import { describe, expect, it } from "vitest";
import { SharedReads, sharedReadsOf } from "./shared-reads.ts";

/** A read whose answers are its number, given when `answer` is called. */
function countedRead() {
  const begun: PromiseWithResolvers<number>[] = [];
  const read = async () => {
    const answer = Promise.withResolvers<number>();
    begun.push(answer);
    return await answer.promise;
  };
  const nextTurn = async () => await new Promise((resolve) => setImmediate(resolve));
  return { begun, read, nextTurn };
}

describe("a read", () => {
  it("is never one that began before the call, and is shared by all that come while another is under way", async () => {
    const { begun, read, nextTurn } = countedRead();
    const reads = new SharedReads();
    const first = reads.read("a", read);
    const others = [reads.read("a", read), reads.read("a", read), reads.read("a", read)];
    await nextTurn();
    expect(begun).toHaveLength(1);
    begun[0]?.resolve(1);
    expect(await first).toBe(1);
    await nextTurn();
    const later = reads.read("a", read);
    expect(begun).toHaveLength(2);
    begun[1]?.resolve(2);
    expect(await Promise.all(others)).toEqual([2, 2, 2]);
    await nextTurn();
    begun[2]?.resolve(3);
    expect(await later).toBe(3);
    await nextTurn();
    void reads.read("a", read);
    expect(begun).toHaveLength(4);
  });

  it("waits for none of another key", async () => {
    const { begun, read } = countedRead();
    const reads = new SharedReads();
    void reads.read("a", read);
    void reads.read("b", read);
    expect(begun).toHaveLength(2);
  });

  it("that fails does so for all that share it, and for none that come later", async () => {
    const { begun, read, nextTurn } = countedRead();
    const reads = new SharedReads();
    const first = reads.read("a", read);
    const second = reads.read("a", read);
    begun[0]?.reject(new Error("no"));
    await expect(first).rejects.toThrow("no");
    await nextTurn();
    begun[1]?.resolve(2);
    expect(await second).toBe(2);
  });

  it("is shared by those with one client", () => {
    const [one, other] = [{}, {}];
    expect(sharedReadsOf(one)).toBe(sharedReadsOf(one));
    expect(sharedReadsOf(one)).not.toBe(sharedReadsOf(other));
  });
});
