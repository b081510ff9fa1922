import { describe, expect, it } from "vitest";
import type { PackageFile } from "../files/package-file.ts";
import type { FileMode } from "../files/tree-edit.ts";
import { mergeTrees } from "./merge-call.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** `x:` is executable, `link:` a symlink, `module:` a submodule; null is no file. */
function entry(path: string, text: string): PackageFile {
  const [kind = "", rest = ""] = text.split(":", 2);
  const modes: Readonly<Record<string, FileMode>> = { x: "100755", link: "120000", module: "160000" };
  const mode = modes[kind] ?? "100644";
  const oid = Buffer.from(text).toString("hex").padEnd(40, "0");
  return { path, mode, oid, ...(mode !== "160000" && { bytes: encode(mode === "100644" ? text : rest) }) };
}

async function merge(base: string | null, upstream: string | null, local: string | null) {
  const side = (text: string | null) => (text === null ? [] : [entry("f", text)]);
  const trees = { base: side(base), upstream: side(upstream), local: side(local) };
  const result = await mergeTrees({ trees, strategy: "resource-merge", inputs: [], maxValue: 100 });
  const [file] = result.files;
  const shown = file && `${file.mode} ${file.bytes === undefined ? "" : new TextDecoder().decode(file.bytes)}`;
  return [shown, result.conflictCount];
}

describe("mergeTrees", () => {
  it.each([
    ["an executable bit of upstream", "a\n", "x:a\n", "a\n", "100755 a\n", 0],
    ["an executable bit that was removed locally", "x:a\n", "x:a\n", "a\n", "100644 a\n", 0],
    ["a bit of upstream and text of the local side", "x:a\n", "a\n", "x:b\n", "100644 b\n", 0],
    ["a link that upstream has changed", "link:a", "link:b", "link:a", "120000 b", 0],
    ["a link that both have changed", "link:a", "link:b", "link:c", "120000 c", 1],
    ["a link that upstream has removed", "link:a", null, "link:a", undefined, 0],
    ["a file in the place of a link", "link:a", "text\n", "link:a", "100644 text\n", 0],
    ["a link in the place of a file that was changed", "a\n", "link:x", "b\n", "100644 b\n", 1],
    ["a submodule of upstream", "module:1", "module:2", "module:1", "160000 ", 0],
    ["a new submodule", null, "module:1", null, "160000 ", 0],
  ])("merges %s", async (_, base, upstream, local, expected, conflicts) => {
    expect(await merge(base, upstream, local)).toEqual([expected, conflicts]);
  });

  it("leaves out an entry that is in the way of a merged folder", async () => {
    const trees = { base: [], upstream: [entry("a", "link:x")], local: [entry("a/b", "text\n")] };
    const { files } = await mergeTrees({ trees, strategy: "resource-merge", inputs: [], maxValue: 100 });
    expect(files.map(({ path }) => path)).toEqual(["a/b"]);
  });
});
