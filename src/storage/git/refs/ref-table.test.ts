import { describe, expect, it } from "vitest";
import { RefTable } from "./ref-table.ts";

describe("RefTable", () => {
  it("finds names that Git cannot hold together", () => {
    const table = new RefTable();
    for (const name of ["refs/heads/a/b", "refs/heads/a/c/d", "refs/tags/a"])
      table.set({ name, oid: "1", type: "commit" });
    const find = (...names: string[]) => names.map((name) => table.findConflict(name));
    expect(
      find("refs/heads/a", "refs/heads/a/b/x", "refs/heads/a/c", "refs/heads/a/x", "refs/tags/b", "refs/heads/a/b"),
    ).toEqual(["refs/heads/a/b", "refs/heads/a/b", "refs/heads/a/c/d", undefined, undefined, undefined]);
    table.set({ name: "refs/heads/a/b", oid: "2", type: "commit" });
    table.delete("refs/heads/a/b");
    table.delete("refs/heads/a/b");
    expect(find("refs/heads/a", "refs/heads/a/b/x")).toEqual(["refs/heads/a/c/d", undefined]);
    table.delete("refs/heads/a/c/d");
    expect(find("refs/heads/a")).toEqual([undefined]);
  });
});
