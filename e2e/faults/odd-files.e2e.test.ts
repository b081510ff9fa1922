import { describe, expect } from "vitest";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import type { Packages } from "../testenv/packages.ts";
import { createRawObjects, type RawTreeEntry } from "../testenv/raw-objects.ts";
import type { TestEnv } from "../testenv/testenv.ts";

const SUBMODULE = "0123456789012345678901234567890123456789";
const hiddenNames = ["a\nb", "back\\slash", "tab\t", "x\u007f"];
const shownNames = [
  "-x",
  "README",
  "readme",
  "\u00e9",
  "e\u0301",
  "__proto__",
  'qu"oted',
  "emoji-🎉",
  "\u202ertl",
  "y".repeat(255),
];

const it = testWithEnv("odd");

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("odd");
  await env.git.createRepository("copies");
  const raw = createRawObjects(env.git, "odd");
  const blob = async (text: string | Uint8Array) => await raw.object("blob", text);
  const file = async (name: string | Uint8Array): Promise<RawTreeEntry> => [
    "100644",
    name,
    await blob(`of ${String(name)}\n`),
  ];
  const link = async (name: string, to: string): Promise<RawTreeEntry> => ["120000", name, await blob(to)];
  const plain = await Promise.all([...shownNames, ...hiddenNames].map(file));
  const odd = [
    ...plain,
    ["100755", "run.sh", await blob("#!/bin/sh\n")] as const,
    await link("out", "../elsewhere/passwd"),
    await link("up", ".."),
    await link("nowhere", "is/not/there"),
    await link("folder", "."),
    ["160000", "lib", SUBMODULE] as const,
    ["100644", "bytes", await blob(Buffer.from([0, 255, 254, 13, 10]))] as const,
    ["100644", "bom", await blob("\ufeffa: 1\r\n")] as const,
    ["100644", "surrogate", await blob(Buffer.from([0xed, 0xa0, 0x80]))] as const,
    ["100644", "angles", await blob("<".repeat(60_000))] as const,
    ["100644", "empty", await blob("")] as const,
  ];
  const latin1 = await file(Buffer.from("gr\xf6\xdfe", "latin1"));
  const folders: Readonly<Record<string, readonly RawTreeEntry[]>> = {
    odd,
    latin1: [...odd, latin1],
    links: odd.filter(([mode]) => mode !== "100644"),
    outgoing: [await file("README"), await link("passwd", "/etc/passwd")],
  };
  const main = (await env.git.git("odd", "rev-parse", "main")).trim();
  const trees = await Promise.all(
    Object.entries(folders).map(async ([name, entries]) => ["40000", name, await raw.tree(...sort(entries))] as const),
  );
  const commit = await raw.commit(await raw.tree(...sort(trees)), { parent: main });
  await raw.refs({
    "refs/heads/main": commit,
    "refs/tags/odd/v1": commit,
    "refs/tags/latin1/v1": commit,
    "refs/tags/links/v1": commit,
    "refs/tags/outgoing/v1": commit,
  });
  await Promise.all([env.register("odd"), env.register("copies")]);
});

/** In Git's order: by bytes, folders as if a slash followed. */
function sort<T extends RawTreeEntry>(entries: readonly T[]): readonly T[] {
  const key = ([mode, name]: RawTreeEntry) =>
    Buffer.concat([Buffer.from(name), Buffer.from(mode === "40000" ? "/" : "")]);
  return entries.toSorted((a, b) => Buffer.compare(key(a), key(b)));
}

const entriesOf = async (env: TestEnv, repository: string, revision: string) =>
  (await env.git.git(repository, "ls-tree", "-r", "-z", revision))
    .split("\0")
    .filter((line) => line !== "")
    .sort();

/** Entries with names and kinds that objects cannot show: no operation may change them. */
describe.each(["odd", "latin1"])("a package of odd files (%s)", (name) => {
  it("is shown where objects can hold the file; the other files are listed with a reason", async ({ packages }) => {
    await packages.waitForReason(`catalog.odd.${name}.v1`, "Published");
    const { spec, status } = await packages.contents(`catalog.odd.${name}.v1`);
    for (const path of shownNames) expect(spec.resources?.[path]).toBe(`of ${path}\n`);
    expect(spec.resources?.bom).toBe("\ufeffa: 1\r\n");
    expect(spec.binaryResources).toEqual({ bytes: "AP/+DQo=", surrogate: "7aCA" });
    const hidden = Object.fromEntries((status?.filesNotShown ?? []).map((one) => [one.path, one.reason]));
    for (const path of hiddenNames) expect(hidden[path]).toBe("UnusualName");
    for (const path of ["out", "up", "nowhere", "folder"]) expect(hidden[path]).toBe("Symlink");
    expect(hidden.lib).toBe("Submodule");
    if (name === "latin1") expect(hidden["gr\ufffd\ufffde"]).toBe("UnusualName");
    expect(status?.filesNotShownCount).toBe(hiddenNames.length + 5 + (name === "latin1" ? 1 : 0));
    expect(JSON.stringify([spec, status])).not.toContain("root:");
  });

  it("keeps every byte, mode and name except the edited file through a draft, an edit and a publication", async ({
    env,
    packages,
  }) => {
    const before = await entriesOf(env, "odd", `main:${name}`);
    const draft = await packages.createDraft({ repository: "odd", package: name, workspace: "two" });
    await packages.save(draft, { README: "edited\n" });
    const published = await packages.publish(draft);
    expect(published.status?.revision).toBe("v2");
    const after = await entriesOf(env, "odd", `main:${name}`);
    const changed = after.filter((line) => !before.includes(line));
    expect(changed).toEqual([expect.stringMatching(/^100644 blob [0-9a-f]{40}\tREADME$/)]);
    expect(after).toHaveLength(before.length);
    expect(await createGitReader(env.git, "odd")("show", `main:${name}/README`)).toBe("edited");
  });

  it("refuses edits that differ by case or need a link as a folder", async ({ packages }) => {
    const draft = await packages.createDraft({ repository: "odd", package: name, workspace: "three" });
    await packages.edit(draft, { ReadMe: "x\n" });
    await packages.waitForReason(draft, "InvalidPath");
    await packages.edit(draft, { ReadMe: null, "out/passwd": "x\n" });
    const refused = await packages.waitFor(draft, "names the link", (one) =>
      Boolean(one.status?.conditions?.some(({ message }) => message.includes('"out" is a file'))),
    );
    expect(refused.status?.conditions?.[0]?.reason).toBe("InvalidPath");
  });
});

describe("a link to a file of this machine", () => {
  it("is shown and not followed, neither proposed nor cloned", async ({ env, packages }) => {
    await packages.waitForReason("catalog.odd.outgoing.v1", "Published");
    const { spec, status } = await packages.contents("catalog.odd.outgoing.v1");
    expect(status?.filesNotShown).toEqual([
      expect.objectContaining({ path: "passwd", target: "/etc/passwd", leaves: "Repository" }),
    ]);
    expect(JSON.stringify([spec, status])).not.toContain("root:");
    const draft = await packages.createDraft({ repository: "odd", package: "outgoing", workspace: "two" });
    await packages.setLifecycle(draft, "proposed");
    await packages.waitForReason(draft, "LinkLeavesRepository");
    const copy = await packages.create(
      { repository: "copies", package: "outgoing", workspace: "one" },
      { spec: { tasks: [{ type: "clone" }], upstream: { repository: "odd", package: "outgoing", revision: "v1" } } },
    );
    await packages.waitForReason(copy, "LinkLeavesRepository");
    expect(await createGitReader(env.git, "copies").refs()).toEqual([]);
    await packages.delete(copy);
  });
});

describe("a clone of odd files into another repository", () => {
  const clone = async (packages: Packages, name: string) =>
    await packages.create(
      { repository: "copies", package: name, workspace: "one" },
      { spec: { tasks: [{ type: "clone" }], upstream: { repository: "odd", package: name, revision: "v1" } } },
    );

  it("has the same links, submodules and modes", async ({ env, packages }) => {
    await packages.waitForReason(await clone(packages, "links"), "Draft");
    const copy = await entriesOf(env, "copies", "links/one:links");
    expect(copy).toEqual(await entriesOf(env, "odd", "main:links"));
    await env.git.git("copies", "update-ref", "-d", "refs/heads/links/one");
  });

  it.for(["odd", "latin1"])(
    "of %s is refused with the name of a file that the operator cannot commit",
    async (name, { env, packages }) => {
      const refused = await packages.waitForReason(await clone(packages, name), "InvalidChange");
      expect(refused.status?.conditions?.[0]?.message).toContain(name === "odd" ? "a\\nb" : "is not UTF-8");
      expect(await createGitReader(env.git, "copies").refs()).toEqual([]);
    },
  );
});
