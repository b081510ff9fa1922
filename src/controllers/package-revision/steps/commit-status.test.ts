import { expect, it } from "vitest";
import { commitStatus } from "./commit-status.ts";

it("commitStatus reports commit, digest, number of files, size, and who made the commit", () => {
  const files = [{ path: "f", mode: "100644", oid: "1" }] as const;
  const shown = { files, shown: [], hidden: [], size: 42 };
  const status = { commit: "c", contentDigest: "sha256:d", files: 1, contentsSize: 42 };
  const ours = { ...status, provenance: "Operator" };
  expect(commitStatus("c", shown, "sha256:d")).toEqual(ours);
  expect(commitStatus("c", shown, "sha256:d", { commit: "b" })).toEqual(ours);
  expect(commitStatus("c", shown, "sha256:d", { commit: "c" })).toEqual({ ...status, provenance: "External" });
});
