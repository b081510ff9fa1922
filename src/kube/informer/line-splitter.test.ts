import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineSplitter } from "./line-splitter.ts";

function splitAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const positions = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...positions].map((from, index) => bytes.subarray(from, positions[index] ?? bytes.length));
}

describe("LineSplitter", () => {
  it("returns lines as soon as they are complete, and keeps the rest", () => {
    const splitter = new LineSplitter();
    expect(splitter.push(Buffer.from("a\nb"))).toEqual(["a"]);
    expect(splitter.push(Buffer.from("c"))).toEqual([]);
    expect(splitter.push(Buffer.from("\n\nd\n"))).toEqual(["bc", "d"]);
  });

  it("returns the same lines however the bytes are cut into chunks, also within characters", () => {
    const line = fc.string({ unit: "binary", minLength: 1 }).filter((text) => !text.includes("\n"));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat()), (lines, cuts) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(""));
        const splitter = new LineSplitter();
        expect(splitAt(bytes, cuts).flatMap((chunk) => splitter.push(chunk))).toEqual(lines);
      }),
    );
  });

  it("does not copy a long line once for each of its chunks", () => {
    const splitter = new LineSplitter();
    const chunk = Buffer.alloc(64, "x");
    const started = performance.now();
    for (let index = 0; index < 200_000; index++) splitter.push(chunk);
    const [line] = splitter.push(Buffer.from("\n"));
    expect(line?.length).toBe(12_800_000);
    // Copying the pending bytes for each chunk would move 1.3 TB.
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it("throws for a line above 64 MiB", () => {
    const splitter = new LineSplitter();
    const chunk = Buffer.alloc(16 * 1024 * 1024, "x");
    for (let index = 0; index < 4; index++) splitter.push(chunk);
    expect(() => splitter.push(chunk)).toThrow("a line of more than 67108864 bytes");
  });
});
