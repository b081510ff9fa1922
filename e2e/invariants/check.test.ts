import { describe, expect, it } from "vitest";
import type { Ledger } from "./ledger.ts";
import { APPROVED, COMMITS, FIRST, folderOf, NEXT, REPOSITORY } from "./sample.ts";
import { TAG, violationsAfter } from "./sample-changes.ts";

describe("findViolations", () => {
  it("finds nothing in a valid sample with a full ledger", () => {
    const ledger: Partial<Ledger> = {
      commits: [{ repository: REPOSITORY, commit: COMMITS.root }],
      approvals: [{ revision: FIRST, digest: APPROVED }],
      tags: [
        { repository: REPOSITORY, ref: TAG, commit: COMMITS.published },
        { repository: REPOSITORY, ref: "refs/tags/web/app/v2", commit: COMMITS.deleted },
      ],
      edits: [{ revision: NEXT, files: new Map([["app.yaml", Buffer.from("a: 2\n")]]) }],
    };
    const [file] = folderOf({ "app.yaml": "a: 2\n" }).files ?? [];
    expect(
      violationsAfter((parts) => void parts.pathHistory.set("web/app/app.yaml", new Set([file?.oid ?? ""])), ledger),
    ).toEqual([]);
  });
});
