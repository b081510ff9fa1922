import { describe, expect, it } from "vitest";
import { aRevision } from "../../../core/testing/observed.ts";
import { NeededFiles } from "./needed-files.ts";

const MIB = 1024 * 1024;
const wanted = (revision: string, path = "crd.yaml") => {
  return { revision, package: `catalog/${revision}@v1`, path, kinds: ["example.org/Widget"], isAmbiguous: false };
};

/** Packages with one file each, by name → its size. Undefined: it is not known. Negative: it cannot be read. */
function needed(sizes: Readonly<Record<string, number | undefined>>) {
  const reads: string[] = [];
  const commits = new Map<string, string>();
  const files = new NeededFiles({
    revisions: {
      get: (key) => {
        const [namespace = "", name = ""] = key.split("/");
        if (sizes[name] === undefined) return undefined;
        const object = aRevision({ status: { lifecycle: "published", commit: commits.get(name) ?? "1" } });
        return { ...object, metadata: { ...object.metadata, name, namespace } };
      },
    },
    files: {
      read: async ({ metadata: { name, namespace } }) => {
        reads.push(`${namespace}/${name}`);
        const size = sizes[name] ?? 0;
        if (size < 0) throw new Error("not reachable");
        return [{ path: "crd.yaml", mode: "100644", bytes: new Uint8Array(size) }];
      },
    },
  });
  return { files, reads, commits };
}

describe("NeededFiles", () => {
  it("reads a file once for each namespace and commit", async () => {
    const { files, reads, commits } = needed({ a: 3 });
    const first = await files.read("one", [wanted("a")]);
    expect(first).toMatchObject({ files: [{ source: "catalog/a@v1", kinds: ["example.org/Widget"] }], unread: [] });
    const again = await files.read("one", [wanted("a")]);
    expect(again.files[0]?.bytes).toBe(first.files[0]?.bytes);
    const [other] = (await files.read("two", [wanted("a")])).files;
    expect(other?.cacheKey).not.toBe(first.files[0]?.cacheKey);
    commits.set("a", "2");
    await files.read("one", [wanted("a")]);
    expect(reads).toEqual(["one/a", "two/a", "one/a"]);
  });

  it("says what cannot be read, and reads the rest", async () => {
    const { files } = needed({ a: -1, b: 1, c: 1 });
    const all = [wanted("a"), wanted("gone"), wanted("b", "other.yaml"), wanted("c")];
    const found = await files.read("one", all);
    expect(found.files.map(({ source }) => source)).toEqual(["catalog/c@v1"]);
    expect(found.unread.map(({ source }) => source)).toEqual(["catalog/a@v1", "catalog/gone@v1", "catalog/b@v1"]);
  });

  it("reads no more than 4 MiB for one package, and keeps no more than 16", async () => {
    const names = Array.from("abcdefgh");
    const { files, reads } = needed(Object.fromEntries(names.map((name) => [name, 3 * MIB])));
    expect(await files.read("one", [wanted("a"), wanted("b")])).toMatchObject({ files: [{}], isTooMuch: true });
    for (const name of names) await files.read("one", [wanted(name)]);
    reads.length = 0;
    await files.read("one", [wanted("h")]);
    await files.read("one", [wanted("a")]);
    expect(reads).toEqual(["one/a"]);
  });
});
