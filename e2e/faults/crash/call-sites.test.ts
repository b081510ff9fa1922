import { describe, expect, it } from "vitest";
import { findCallSites } from "./call-sites.ts";

describe("findCallSites", () => {
  it("finds no file with effects that pass no failpoint (after a move: adapt call-sites.ts)", async () => {
    const { effects, ways } = await findCallSites();
    expect(ways).toEqual([]);
    expect(effects.length).toBeGreaterThan(20);
  });
});
