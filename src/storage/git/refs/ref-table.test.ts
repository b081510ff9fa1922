import { describe, expect, it } from "vitest";
import { RefTable, refNameProblem } from "./ref-table.ts";

describe("RefTable", () => {
  it("finds an existing name that excludes a new one", () => {
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

describe("refNameProblem", () => {
  it.each(["refs/heads/a", "refs/tags/a/b", "refs/heads/-x", "refs/heads/é", "refs/heads/a@b"])(
    "accepts %s",
    (name) => {
      expect(refNameProblem(name)).toBeUndefined();
    },
  );

  it.each(["refs/heads", "refs/heads/", "refs/pull/1", "HEAD", "refs/heads//a"])(
    "accepts only branches and tags: %j",
    (name) => {
      expect(refNameProblem(name)).toBe("is not that of a branch or tag");
    },
  );

  it.each([..."\u0000\u001f \u007f~^:?*[\\", "..", "@{"])("refuses %j in a name, as git does", (text) => {
    expect(refNameProblem(`refs/heads/a${text}b`)).toBe("is not allowed by Git");
  });

  it.each(["a.", ".a", "a/.b", "a.lock", "a.lock/b", "a//b", "a/"])("refuses the name %j, as git does", (name) => {
    expect(refNameProblem(`refs/heads/${name}`)).toBe("is not allowed by Git");
  });

  it("limits a part to 250 bytes and a name to 1024: git appends .lock to file names", () => {
    const problem = "is longer than 1024 bytes, or one of its parts is longer than 250";
    expect(refNameProblem(`refs/heads/${"é".repeat(125)}`)).toBeUndefined();
    expect(refNameProblem(`refs/heads/${"é".repeat(125)}x`)).toBe(problem);
    const name = "refs/heads/".padEnd(1024, "abc/");
    expect(refNameProblem(name.replace(/\/$/, "x"))).toBeUndefined();
    expect(refNameProblem(`${name.replace(/\/$/, "x")}y`)).toBe(problem);
  });
});
