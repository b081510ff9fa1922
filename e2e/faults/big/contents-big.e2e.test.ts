import { describe, expect } from "vitest";
import { blobOid } from "../../../src/core/identity/hash.ts";
import { waitUntil } from "../../harness/wait.ts";
import { type FileEntry, pushExternally } from "../../testenv/external-push.ts";
import { type Fixtures, testWithEnv } from "../../testenv/fixtures.ts";
import { createGitReader, type GitReader } from "../../testenv/git-reader.ts";
import type { Packages } from "../../testenv/packages.ts";

type Bytes = Readonly<Record<string, FileEntry>>;

/** Text with characters that JSON escapes, multi-byte characters and plain lines. */
const lines = (path: string, size: number) => `# ${path}\n"<&>": Größe\n${"key: value\n".repeat(size / 11)}`;
const numbered = (count: number, make: (path: string) => FileEntry): Bytes =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => {
      const path = `part-${index % 7}/f${String(index).padStart(4, "0")}.yaml`;
      return [path, make(path)];
    }),
  );
/** Every byte value. */
const BINARY = Uint8Array.from({ length: 100 * 1024 }, (_, index) => (index * 7919) % 256);
const LARGE = "too large for a page\n".repeat(64 * 1024);
const PACKAGES: Readonly<Record<string, { readonly files: Bytes; readonly hidden: Bytes }>> = {
  heavy: {
    files: { ...numbered(60, (path) => lines(path, 80 * 1024)), "bin/table.dat": BINARY },
    hidden: { "models/large.txt": LARGE },
  },
  many: { files: numbered(2000, (path) => lines(path, 1024)), hidden: {} },
};

const it = testWithEnv("big").extend("git", { scope: "file" }, async ({ env }) => createGitReader(env.git, "blue"));

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("blue");
  for (const [name, { files, hidden }] of Object.entries(PACKAGES)) {
    const all = Object.entries({ ...files, ...hidden }).map(([path, entry]) => [`${name}/${path}`, entry]);
    await pushExternally(env.git, "blue", { files: Object.fromEntries(all), tags: [`${name}/v1`] });
  }
  await env.register("blue");
}, 120_000);

/** Path → Git object id of the bytes in the contents objects. */
async function shownIds(packages: Packages, name: string): Promise<Readonly<Record<string, string>>> {
  const shown = (await packages.contentsPages(name)).flatMap(({ spec }) => [
    ...Object.entries(spec.resources ?? {}).map(([path, text]) => [path, Buffer.from(text)] as const),
    ...Object.entries(spec.binaryResources ?? {}).map(([path, text]) => [path, Buffer.from(text, "base64")] as const),
  ]);
  return Object.fromEntries(shown.map(([path, bytes]) => [path, blobOid(bytes, "sha1")]));
}

/** The same of a tree in Git, without the files that are too large for a page. */
async function idsInGit(git: GitReader, tree: string, hidden: Bytes): Promise<Readonly<Record<string, string>>> {
  const listed = (await git("ls-tree", "-r", tree)).split("\n").map((line) => line.split(/[ \t]/));
  return Object.fromEntries(
    listed.flatMap(([, , oid = "", path = ""]) => (path in hidden ? [] : [[path, oid] as const])),
  );
}

describe.each(Object.entries(PACKAGES))("contents: a big package, %s", (name, { files, hidden }) => {
  it("is shown byte for byte, except files that are too large for a page", async ({ packages, git }) => {
    const published = `catalog.blue.${name}.v1`;
    await packages.waitForReason(published, "Published");
    expect(Object.keys(await shownIds(packages, published)).sort()).toEqual(Object.keys(files).sort());
    expect(await shownIds(packages, published)).toEqual(await idsInGit(git, `${name}/v1:${name}`, hidden));
    const { status } = await packages.contents(published);
    expect(status?.pages).toBeGreaterThanOrEqual(5);
    const listed = Object.entries(hidden).map(async ([path, text]) => {
      return {
        path,
        reason: "TooLarge",
        object: await git("rev-parse", `${name}/v1:${name}/${path}`),
        size: text?.toString().length,
      };
    });
    expect(status?.filesNotShown ?? []).toEqual(await Promise.all(listed));
  });

  it("takes edits of single pages, a replace and an external change, and is published with exactly these", async ({
    env,
    packages,
    git,
  }) => {
    const draft = await packages.createDraft({ repository: "blue", package: name, workspace: "one" });
    const edited: Edited = { env, packages, git, name, draft, files, hidden, changed: {} };
    await editPages(edited);
    await replacePage(edited);
    await mergeExternalChange(edited);
    await packages.propose(draft);
    await packages.publish(draft);
    const diff = await git("diff", "--name-status", "--no-renames", `${name}/v1:${name}`, `${name}/v2:${name}`);
    const changes = Object.entries(edited.changed).map(([path, how]) => `${how}\t${path}`);
    expect(diff.split("\n").sort()).toEqual(changes.sort());
    expect(await shownIds(packages, draft)).toEqual(await idsInGit(git, `${name}/v2:${name}`, hidden));
    expect(await git("rev-parse", `main:${name}`)).toBe(await git("rev-parse", `${name}/v2:${name}`));
  });
});

interface Edited extends Fixtures {
  readonly git: GitReader;
  /** Of the package. */
  readonly name: string;
  readonly draft: string;
  readonly files: Bytes;
  readonly hidden: Bytes;
  /** What the publication changes, as `git diff` names it. */
  readonly changed: Record<string, "A" | "M" | "D">;
}

/** Edits the first, the middle and the last page, with one commit for each edit. */
async function editPages({ packages, git, name, draft, files, changed }: Edited): Promise<void> {
  const pages = await packages.contentsPages(draft);
  const before = await git.count(`${name}/one`);
  for (const index of [0, Math.floor(pages.length / 2), pages.length - 1]) {
    const page = pages[index]?.metadata.name ?? "";
    const [merged = "", applied = `new/on-page-${index}.yaml`] = Object.keys(pages[index]?.spec.resources ?? {});
    await packages.save(page, { [merged]: `merged: ${index}\n` });
    const intent = {
      apiVersion: "pkg.pkgserver.dev/v1alpha1",
      kind: "PackageRevisionResources",
      metadata: { name: page },
      spec: { resources: { [applied]: `applied: ${index}\n` } },
    };
    await packages.request(
      "alice",
      "apply",
      `packagerevisionresourceses/${page}?fieldManager=alice&force=true`,
      intent,
    );
    await packages.waitForAcknowledgement(page);
    Object.assign(changed, { [merged]: "M", [applied]: applied in files ? "M" : "A" });
    expect(await git("show", `${name}/one:${name}/${merged}`)).toBe(`merged: ${index}`);
    expect(await git("show", `${name}/one:${name}/${applied}`)).toBe(`applied: ${index}`);
  }
  expect(await git.count(`${name}/one`)).toBe(before + 6);
}

/** Adds a file, and leaves a file out of a replace. */
async function replacePage({ packages, draft, changed }: Edited): Promise<void> {
  const pages = await packages.contentsPages(draft);
  const between = pages[2];
  if (between === undefined) throw new Error("there is no third page");
  await packages.save(between.metadata.name, { "new/file.yaml": "new: true\n" });
  const { spec, ...object } = await packages.contents(between.metadata.name);
  const [removed = "", ...kept] = Object.entries(spec.resources ?? {})
    .map(([path]) => path)
    .filter((path) => path !== "new/file.yaml" && changed[path] === undefined);
  const { [removed]: _gone, ...resources } = spec.resources ?? {};
  expect(kept).not.toEqual([]);
  await packages.replace({ ...object, spec: { ...spec, resources } });
  await packages.waitForAcknowledgement(between.metadata.name);
  Object.assign(changed, { "new/file.yaml": "A", [removed]: "D" });
}

/** Merges an external change of one page with an edit of another, though most pages have an older commit. */
async function mergeExternalChange({ env, packages, git, name, draft, hidden, changed }: Edited): Promise<void> {
  const pages = await packages.contentsPages(draft);
  const untouched = (index: number) =>
    Object.keys(pages[index]?.spec.resources ?? {}).find((path) => changed[path] === undefined) ?? "";
  const [theirs, ours] = [untouched(1), untouched(3)];
  await pushExternally(env.git, "blue", { branch: `${name}/one`, files: { [`${name}/${theirs}`]: "theirs\n" } });
  await packages.save(pages[3]?.metadata.name ?? "", { [ours]: "ours\n" });
  Object.assign(changed, { [theirs]: "M", [ours]: "M" });
  // The status of page 1 is written last.
  const head = await git("rev-parse", `${name}/one`);
  await waitUntil("all pages have the commit", async () => (await packages.contents(draft)).status?.commit === head);
  expect(await git("show", `${name}/one:${name}/${theirs}`)).toBe("theirs");
  expect(await git("show", `${name}/one:${name}/${ours}`)).toBe("ours");
  expect((await packages.contents(`${draft}.page-2`)).spec.resources?.[theirs]).toBe("theirs\n");
  expect(await shownIds(packages, draft)).toEqual(await idsInGit(git, `${name}/one:${name}`, hidden));
}
