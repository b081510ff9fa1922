import process from "node:process";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ignoringInterrupts, withCleanUp } from "./interrupts.ts";

/** As the signal arrives; the process is not ended. */
function interrupt(): void {
  process.emit("SIGINT", "SIGINT");
}

/** Counts the clean-ups of a program that is interrupted as `run` says. */
async function cleanUpsOf(run: () => Promise<void>): Promise<number> {
  const kill = vi.spyOn(process, "kill").mockReturnValue(true);
  let cleanUps = 0;
  await withCleanUp(
    () => void cleanUps++,
    async () => {
      await run();
      await Promise.resolve();
    },
  );
  if (cleanUps > 0) await vi.waitFor(() => expect(kill).toHaveBeenCalledWith(process.pid, "SIGINT"));
  // None of it is left to the next test.
  vi.runAllTimers();
  return cleanUps;
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("an interrupt", () => {
  it("cleans up", async () => {
    expect(await cleanUpsOf(async () => await Promise.resolve(interrupt()))).toBe(1);
  });

  it("is of a child while that runs", async () => {
    const run = async () => await ignoringInterrupts(async () => await Promise.resolve(interrupt()));
    expect(await cleanUpsOf(run)).toBe(0);
  });

  it("that ended a child may arrive after the child's end", async () => {
    const run = async () => {
      await ignoringInterrupts(async () => await Promise.resolve());
      interrupt();
    };
    expect(await cleanUpsOf(run)).toBe(0);
  });

  it("is of the program again later", async () => {
    const run = async () => {
      await ignoringInterrupts(async () => await Promise.resolve());
      vi.advanceTimersByTime(1_000);
      interrupt();
    };
    expect(await cleanUpsOf(run)).toBe(1);
  });
});
