import { describe, expect, it } from "vitest";
import { aView } from "../../../core/testing/observed.ts";
import type { RevisionScope } from "../scope.ts";
import { previousFiles } from "./previous-revision.ts";

/** A store without any commit. */
const store = {
  hasCommit: async () => false,
  readCommit: async () => {
    throw new Error("missing");
  },
} as unknown as RevisionScope["store"];
const read = async (previous: Parameters<typeof previousFiles>[2]) => await previousFiles({ store }, aView(), previous);

describe("previousFiles", () => {
  it("does not know those of a revision that may be gone", async () => {
    expect(await read({ kind: "published", commit: "c", mayBeGone: true })).toBe("unknown");
    expect(await read({ kind: "unknown" })).toBe("unknown");
    expect(await read({ kind: "none" })).toBeUndefined();
  });

  it("fails for a tagged revision that the mirror lacks: the result of the run would be kept", async () => {
    await expect(read({ kind: "published", commit: "c", mayBeGone: false })).rejects.toThrow("missing");
  });
});
