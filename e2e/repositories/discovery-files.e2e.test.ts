import { describe, expect } from "vitest";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import { waitUntil } from "../harness/wait.ts";
import { type FileEntry, pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";

const submodule = "0123456789012345678901234567890123456789";

/** Entries in Git, and how the contents object shows them: as text, as base64, or in filesNotShown with a reason. */
const files: readonly { what: string; path: string; entry: FileEntry; shown: "text" | "base64" | RegExp }[] = [
  { what: "text", path: "cm.yaml", entry: "a: 1\n", shown: "text" },
  { what: "no newline at the end", path: "no-newline.yaml", entry: "a: 1", shown: "text" },
  { what: "CRLF", path: "crlf.yaml", entry: "a: 1\r\nb: 2\r\n", shown: "text" },
  { what: "a byte order mark", path: "bom.yaml", entry: "\ufeffa: 1\n", shown: "text" },
  { what: "characters beyond the BMP", path: "emoji.md", entry: "🚀 größe\u2028\n", shown: "text" },
  { what: "an empty file", path: "empty", entry: "", shown: "text" },
  { what: "an executable", path: "bin/run.sh", entry: { executable: "#!/bin/sh\ntrue\n" }, shown: "text" },
  { what: "bytes that are not UTF-8", path: "logo.png", entry: Buffer.from([0x89, 0x50, 0xff, 0xfe]), shown: "base64" },
  { what: "a NUL", path: "nul.bin", entry: Buffer.from("a\0b\n"), shown: "base64" },
  { what: "Latin-1", path: "latin1.txt", entry: Buffer.from("gr\xf6\xdfe\n", "latin1"), shown: "base64" },
  { what: "a space and a dot in the name", path: "a folder/.hidden file", entry: "h\n", shown: "text" },
  { what: "a name beyond ASCII", path: "größe/ñ.yaml", entry: "n\n", shown: "text" },
  { what: "__proto__", path: "__proto__", entry: "p\n", shown: "text" },
  { what: "a symlink", path: "link.yaml", entry: { symlink: "cm.yaml" }, shown: /^Symlink$/ },
  {
    what: "a symlink to a path outside the repository",
    path: "out",
    entry: { symlink: "/etc/passwd" },
    shown: /^Symlink$/,
  },
  { what: "a submodule", path: "vendor/lib", entry: { submodule }, shown: /^Submodule$/ },
  {
    what: "a file that is too large for an object",
    path: "huge.txt",
    entry: "x".repeat(1_200_000),
    shown: /^TooLarge$/,
  },
];

const it = testWithEnv("files");

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("files");
  const all = Object.fromEntries(files.map(({ path, entry }) => [`nf/mixed/${path}`, entry]));
  await pushExternally(env.git, "files", { files: all, annotated: ["nf/mixed/v1"] });
  await pushExternally(env.git, "files", {
    branch: "nf/mixed/work",
    from: "refs/heads/main",
    files: { "nf/mixed/new.yaml": "new: 1\n" },
  });
  await env.register("files");
});

describe.each([
  { state: "published", name: "catalog.files.nf.mixed.v1", reason: "Published" },
  { state: "a draft", name: "catalog.files.nf.mixed.work", reason: "Draft" },
])("the files of a package that is $state", ({ name, reason }) => {
  let contents: PackageRevisionResources;
  it.beforeAll(async ({ env }) => {
    await env.waitForReason(name, reason);
    contents = await env.contents(name);
  });

  it.for(files)(
    "show $what as it is in Git, or why it is not shown: $path",
    async ({ path, entry, shown }, { env }) => {
      const { resources = {}, binaryResources = {} } = contents.spec;
      const hidden = contents.status?.filesNotShown?.find((one) => one.path === path);
      expect(Object.hasOwn(resources, path)).toBe(shown === "text");
      expect(Object.hasOwn(binaryResources, path)).toBe(shown === "base64");
      if (shown === "text") expect(resources[path]).toBe(textOf(entry));
      else if (shown === "base64")
        expect(binaryResources[path]).toBe(Buffer.from(entry as Uint8Array).toString("base64"));
      else {
        const [object] = (await env.git.git("files", "rev-parse", `main:nf/mixed/${path}`)).trim().split("\n");
        expect(hidden).toMatchObject({ reason: expect.stringMatching(shown), object });
      }
    },
  );

  it("count entries that are not shown", () => {
    expect(contents.status?.filesNotShownCount).toBe(4);
    expect(contents.status?.filesNotShown?.find((one) => one.path === "huge.txt")?.size).toBe(1_200_000);
  });
});

describe("an edit of a package with unusual files", () => {
  it("changes one file: modes, links, submodules and other bytes stay", async ({ env }) => {
    const branch = { branch: "nf/mixed/edit", from: "refs/heads/main", files: { "nf/mixed/edit.yaml": "edit: 1\n" } };
    await pushExternally(env.git, "files", branch);
    await env.sync("files");
    const name = "catalog.files.nf.mixed.edit";
    await env.waitForReason(name, "Draft");
    const listing = async () => await env.git.git("files", "ls-tree", "-r", "-z", "nf/mixed/edit", "nf/mixed/");
    const before = (await listing()).split("\0");
    const patch = JSON.stringify({ spec: { resources: { "bin/run.sh": "#!/bin/sh\nfalse\r\n" } } });
    await env.as("alice")("patch", "pkgres", name, "--type=merge", `--patch=${patch}`);
    await waitUntil("the edit is acknowledged", async () => await env.contents(name), {
      until: ({ metadata, status }) => status?.observedGeneration === metadata.generation,
    });
    expect(await env.git.git("files", "show", "nf/mixed/edit:nf/mixed/bin/run.sh")).toBe("#!/bin/sh\nfalse\r\n");
    const after = (await listing()).split("\0");
    const changed = after.filter((line) => !before.includes(line));
    expect(after).toHaveLength(before.length);
    expect(changed).toEqual([expect.stringMatching(/^100755 blob [0-9a-f]{40}\tnf\/mixed\/bin\/run\.sh$/)]);
  });
});

function textOf(entry: FileEntry): string | undefined {
  if (typeof entry === "string") return entry;
  return entry !== null && "executable" in entry ? entry.executable : undefined;
}
