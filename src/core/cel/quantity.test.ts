import { describe, expect, it } from "vitest";
import { readQuantity } from "./quantity.ts";

const of = (text: string) => readQuantity(text)?.asApproximateFloat();

describe("readQuantity", () => {
  it.each([
    ["0", 0],
    ["1", 1],
    ["-1.5", -1.5],
    ["+2", 2],
    [".5", 0.5],
    ["5.", 5],
    ["100m", 0.1],
    ["1u", 1e-6],
    ["1n", 1e-9],
    ["1k", 1_000],
    ["2M", 2e6],
    ["3G", 3e9],
    ["4T", 4e12],
    ["5P", 5e15],
    ["6E", 6e18],
    ["1Ki", 1024],
    ["1.5Mi", 1.5 * 1024 ** 2],
    ["2Gi", 2 * 1024 ** 3],
    ["2Ti", 2 * 1024 ** 4],
    ["2Pi", 2 * 1024 ** 5],
    ["2Ei", 2 * 1024 ** 6],
    ["1e3", 1_000],
    ["1E-2", 0.01],
    ["12e+2", 1_200],
  ])("reads %s", (text, value) => expect(of(text)).toBe(value));

  it("rounds what is smaller than 10⁻⁹ away from zero, as Kubernetes does", () => {
    expect(of("0.1n")).toBe(1e-9);
    expect(of("-0.0000000001")).toBe(-1e-9);
  });

  it.each(["", "-", ".", "Gi", "1gi", "1 Gi", "1.5.", "1,5", "0x1", "1e", "1e3Gi", "١", "1e999", "9".repeat(101)])(
    "refuses %j",
    (text) => expect(of(text)).toBeUndefined(),
  );
});
