import { describe, expect, it } from "vitest";
import { aRepository } from "../testing/observed.ts";
import { deletedDraftRetentionMs } from "./deleted-drafts.ts";

describe("deletedDraftRetentionMs", () => {
  it.each([
    [undefined, 30 * 24 * 3_600_000],
    ["1h30m", 5_400_000],
    ["0s", 0],
  ])("of %s", (retention, expected) => {
    const deletedDrafts = retention === undefined ? {} : { retention };
    expect(deletedDraftRetentionMs(aRepository({ deletedDrafts }))).toBe(expected);
  });

  it("has a default for objects without the field", () => {
    expect(deletedDraftRetentionMs(aRepository())).toBe(30 * 24 * 3_600_000);
    expect(deletedDraftRetentionMs(undefined)).toBe(30 * 24 * 3_600_000);
  });
});
