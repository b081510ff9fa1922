import { describe, expect, it } from "vitest";
import { findCallSites } from "./call-sites.ts";

describe("findCallSites", () => {
  it("finds no file that could have effects without a failpoint (after a move: adapt the list in call-sites.ts)", async () => {
    const { effects, ways } = await findCallSites();
    expect(ways).toEqual([]);
    expect(effects.length).toBeGreaterThan(20);
  });
});
