import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { aRepository, aRevision, condition } from "../../core/testing/observed.ts";
import { createStyle } from "../output/style.ts";
import { describeReview } from "./describe-review.ts";
import type { Review } from "./review.ts";

const NOW = Date.parse("2026-01-02T00:00:00Z");

function review(contents: Partial<Review["contents"]>, more: Partial<Review> = {}): Review {
  const proposal = { digest: "sha256:1", commit: "c0ffee", by: "alice", at: "2026-01-01T00:00:00Z" };
  const files = new Map([["a.yaml", new Uint8Array()]]);
  const shown = { pages: [], files, placed: new Map(), hidden: [], hiddenCount: 0, executables: [], ...contents };
  return {
    revision: aRevision({ status: { observedGeneration: 1, lifecycle: "proposed" } }),
    proposal,
    repository: aRepository(),
    contents: shown,
    previous: undefined,
    authors: [],
    ...more,
  };
}

const describeIt = (contents: Partial<Review["contents"]>, more?: Partial<Review>) =>
  describeReview(review(contents, more), createStyle(new PassThrough(), {}), NOW).join("\n");

/** A proposal of the contents `d1` with these gates. */
function gatedBy(own: readonly string[], status: Partial<PackageRevision["status"]> = {}): PackageRevision {
  return aRevision({
    spec: { readinessGates: own.map((conditionType) => ({ conditionType })) },
    status: { lifecycle: "proposed", contentDigest: "d1", ...status },
  });
}

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

  it("tells what rendered it, what was said of it, and what is not done", () => {
    const results = [
      { severity: "warning", source: "schema", message: "data.a: must be\nstring", path: "a.yaml", line: 6, column: 3 },
    ] as const;
    const page = { status: { results, resultsCount: 3 } };
    const rendering = { digest: "d", functions: ["set-namespace@1"], data: ["ConfigMap a/b\nc from the cluster"] };
    const validated = condition("Validated", "False", "ValidationFailed", "a.yaml:6:3: no");
    const revision = aRevision({ status: { lifecycle: "proposed", rendering, conditions: [validated] } });
    const text = describeIt({ pages: [page] as never }, { revision });
    expect(text).toMatch(/^Rendered by: +set-namespace@1\nTook: +ConfigMap a\/b\\u\{a\}c from the cluster$/m);
    expect(text).toContain("warning: Validated: ValidationFailed: a.yaml:6:3: no");
    expect(text).toContain("warning: a.yaml:6:3: data.a: must be\\u{a}string [schema]\nand 2 more");
  });

  it("warns of the gates that hold it back, also those of the Repository, in the operator's words", () => {
    const repository = aRepository({ readinessGates: [{ conditionType: "example.com/scanned" }] });
    const gates = [
      { conditionType: "example.com/tested", digest: "d0", status: "True" as const },
      { conditionType: "example.com/sized", digest: "d1", status: "True" as const },
    ];
    const later = ["pkg.pkgserver.dev/approve", "pkg.pkgserver.dev/install"];
    const revision = gatedBy(["example.com/tested", "example.com/sized", ...later], { gates });
    const warnings = describeIt({}, { revision, repository }).match(/^warning: .*$/gm);
    expect(warnings).toEqual([
      "warning: the gate example.com/tested has judged d0, and status.contentDigest is d1",
      "warning: the gate example.com/scanned has no verdict in status.gates",
    ]);
  });

  it("warns that the gates of a Repository are not known that the user may not read", () => {
    expect(describeIt({}, { repository: undefined })).toMatch(/^warning: the gates of the Repository blue are not/m);
  });
});
