import { describe, expect, it } from "vitest";
import { formatDecision, parseDecision } from "./decision.ts";

describe("parseDecision", () => {
  it.each(["resume:0123456789ab:2:0", "abort:0123456789ab", "rollback:0123456789ab"])("reads %s", (value) => {
    const decision = parseDecision(value);
    expect(decision?.id).toBe("0123456789ab");
    expect(decision && formatDecision(decision)).toBe(value);
  });

  it.each([undefined, "", "resume", "abort", "abort:", "abort:x", "resume:0123456789ab", "abort:0123456789ab:1"])(
    "takes %s for none",
    (value) => {
      expect(parseDecision(value)).toBeUndefined();
    },
  );
});
