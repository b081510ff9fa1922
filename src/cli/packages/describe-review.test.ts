import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { aRevision } from "../../core/testing/observed.ts";
import { createStyle } from "../output/style.ts";
import { describeReview } from "./describe-review.ts";
import type { Review } from "./review.ts";

const NOW = Date.parse("2026-01-02T00:00:00Z");

function review(contents: Partial<Review["contents"]>): Review {
  const proposal = { digest: "sha256:1", commit: "c0ffee", by: "alice", at: "2026-01-01T00:00:00Z" };
  const files = new Map([["a.yaml", new Uint8Array()]]);
  const shown = { pages: [], files, placed: new Map(), hidden: [], hiddenCount: 0, executables: [], ...contents };
  return {
    revision: aRevision({ status: { observedGeneration: 1, lifecycle: "proposed" } }),
    proposal,
    contents: shown,
    previous: undefined,
    authors: [],
  };
}

const describeIt = (contents: Partial<Review["contents"]>) =>
  describeReview(review(contents), createStyle(new PassThrough(), {}), NOW).join("\n");

describe("describeReview", () => {
  it("names executable files, and no such line without them", () => {
    expect(describeIt({ executables: ["bin/run", "hooks/"] })).toMatch(/^Executable: +bin\/run, hooks\/$/m);
    expect(describeIt({})).not.toContain("Executable");
  });

  it("names what is in Git only: targets of links, and what leaves the package", () => {
    const hidden = [
      { path: "link", reason: "Symlink", object: "1", target: "../other", leaves: "Package" },
      { path: "big", reason: "TooLarge", object: "2", size: 9, executable: true },
    ];
    const text = describeIt({ hidden, hiddenCount: 2 });
    expect(text).toMatch(/^In Git only: +link: Symlink -> \.\.\/other, out of the package$/m);
    expect(text).toMatch(/^In Git only: +big: TooLarge, executable$/m);
    expect(text).toContain("warning: 2 of its files are in Git only, and not shown here");
  });

  it("shows the name of a pushed file on one line", () => {
    const hidden = [{ path: "a\nDigest: sha256:0", reason: "UnusualName", object: "1" }];
    expect(describeIt({ hidden, hiddenCount: 1 })).toMatch(/^In Git only: +a\\u\{a\}Digest: sha256:0: UnusualName$/m);
  });
});
