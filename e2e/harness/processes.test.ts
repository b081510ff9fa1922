import { describe, expect, it } from "vitest";
import { readStartTime } from "./processes.ts";

/** As Linux has them, of a program with a thread beside the first one. */
const stat = (state: string, threads: number, name = "kube-apiserver") =>
  `7645 (${name}) ${state} 7642 7642 30334 0 -1 4227084 3035 6523 5 0 9 1 3 6 20 0 ${threads} 0 3555399 0 0`;

describe("readStartTime", () => {
  it.each<[string, string, string | undefined]>([
    ["runs", stat("S", 2), "3555399"],
    ["has a name with everything in it", stat("R", 1, "a) Z (b"), "3555399"],
    ["was killed, and has one thread left beside the first", stat("Z", 2), "3555399"],
    ["has ended, and was not collected yet", stat("Z", 1), undefined],
    ["is being taken away", stat("X", 1), undefined],
  ])("of a process that %s", (_, text, started) => {
    expect(readStartTime(text)).toBe(started);
  });
});
