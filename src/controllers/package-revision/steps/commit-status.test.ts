import { expect, it } from "vitest";
import { commitStatus } from "./commit-status.ts";

it("commitStatus reports commit, digest, number of files and size", () => {
  const files = [{ path: "f", mode: "100644", oid: "1" }] as const;
  const shown = { files, shown: [], hidden: [], size: 42 };
  const status = { commit: "c", contentDigest: "sha256:d", files: 1, contentsSize: 42 };
  expect(commitStatus("c", shown, "sha256:d")).toEqual(status);
});
