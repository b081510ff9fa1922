import { describe, expect, it } from "vitest";
import { BatchSize } from "./batch-size.ts";

describe("BatchSize", () => {
  it("is 100 at first, half the batch after a lost race, and doubles with each push up to 100", () => {
    const size = new BatchSize();
    expect(size.current).toBe(100);
    const halved = [7, 4, 2, 1].map((count) => {
      size.recordRaceLost(count);
      return size.current;
    });
    expect(halved).toEqual([4, 2, 1, 1]);
    const doubled = Array.from({ length: 8 }, () => {
      size.recordPushed();
      return size.current;
    });
    expect(doubled).toEqual([2, 4, 8, 16, 32, 64, 100, 100]);
  });
});
