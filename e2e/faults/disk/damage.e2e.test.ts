import { chmod, mkdir, readdir, readFile, stat, truncate, unlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Mirror } from "../../../src/storage/git/mirror/mirror.ts";
import { ObjectReader } from "../../../src/storage/git/objects/object-reader.ts";
import { PushQueue } from "../../../src/storage/git/push/push-queue.ts";
import { ann, commitOf, putText, TestRepository } from "../../../src/storage/git/testing/repositories.ts";
import { testSigning } from "../../../src/storage/git/testing/signing.ts";

const main = "refs/heads/main";
const draft = "refs/heads/web/one";
/** The number of flipped bits, one at a time. */
const FLIPS = 200;

/** Kinds of damage to a file. */
const HARM: Readonly<Record<string, (file: string) => Promise<void>>> = {
  "cut in half": async (file) => await truncate(file, Math.floor((await stat(file)).size / 2)),
  emptied: async (file) => await truncate(file, 0),
  "one bit flipped": async (file) => await flip(file, Math.floor((await stat(file)).size / 2), 4),
  removed: async (file) => await unlink(file),
};

/** Paths in a mirror's folder, and the kinds of damage that are tested for each. */
const PLACES: readonly (readonly [name: string, path: RegExp, harms: readonly string[]])[] = [
  ["packs", /\.pack$/, Object.keys(HARM)],
  ["indexes of packs", /\.idx$/, Object.keys(HARM)],
  ["loose objects", /^objects\/..\/[0-9a-f]{38}$/, Object.keys(HARM)],
  ["packed-refs", /^packed-refs$/, ["cut in half", "one bit flipped"]],
  ["loose refs", /^refs\/heads\//, ["emptied", "one bit flipped"]],
  ["the configuration", /^config$/, ["cut in half", "removed"]],
  ["fast-import's configuration", /^scratch\.git\/config$/, ["cut in half"]],
  ["HEAD", /^HEAD$/, ["emptied"]],
  ["the script for commands that talk to the remote", /^\.access\/run-group\.sh$/, ["emptied", "removed"]],
];
const DAMAGES = PLACES.flatMap(([place, path, harms]) => harms.map((harm) => ({ place, path, harm })));

/** Damage that readers of objects detect; git itself handles the rest. */
const OBJECTS = DAMAGES.filter(({ path }) => /pack|idx|objects/.test(path.source) && !path.source.includes("refs"));

const LEFTOVERS = [
  ["packed-refs.lock", "packed-refs.new", "HEAD.lock", "config.lock", "index.lock", "shallow.lock"],
  [`${main}.lock`, `${draft}.lock`, "refs/tags/web/v2.lock"],
  ["scratch.git/HEAD.lock", "scratch.git/refs/work.lock", "scratch.git/packed-refs.lock"],
  ["objects/pack/multi-pack-index.lock", "objects/info/commit-graph.lock"],
].flat();
const TEMPORARY = [
  "objects/pack/tmp_pack_a1B2c3",
  "objects/pack/tmp_idx_a1B2c3",
  "objects/pack/.tmp-123-pack-0a",
  "objects/0a/tmp_obj_a1B2c3",
  "objects/tmp_objdir-incoming-a1B2c3/0a/b1",
  "scratch.git/fast_import_crash_123",
];

describe("a mirror on a bad disk", () => {
  let repository: TestRepository;
  let mirror: Mirror;
  let writer: PushQueue;

  beforeEach(async () => {
    repository = await TestRepository.create();
    for (const line of ["one", "two", "three"])
      await repository.commitFile(main, "a", `${line}\n${"a line\n".repeat(99)}`);
    await repository.git("update-ref", draft, main);
    await repository.git("tag", "-a", "-m", "one", "web/v1", main);
    mirror = await repository.openMirror();
    await mirror.fetch();
    // Packed and loose refs, packs and loose objects.
    await mirror.repository.runLocal(["pack-refs", "--all"]);
    await repository.commitFile(draft, "side", "s");
    await mirror.fetch();
    writer = writerOf(mirror);
    await edit(writer, "b");
  });
  afterEach(() => repository.close());

  const writerOf = (one: Mirror) => new PushQueue({ mirror: one, committer: ann, now: () => new Date() });
  const edit = async (to: PushQueue, name: string) =>
    await to.submit({
      name,
      plan: async () => {
        const steps = [{ kind: "commit", ref: draft, commit: commitOf(putText(name, name)) }] as const;
        return { kind: "write", change: { steps, claims: [] }, value: name };
      },
    });

  /** Every file of every ref: as the remote has it. Throws where something cannot be read. */
  async function readAll(one: Mirror): Promise<void> {
    for (const { commit = "" } of one.refs().values()) {
      const files = await one.reader.files((await one.reader.treeAt(commit, "")) ?? "no such tree");
      const texts = await one.reader.blobs(files.map(({ oid }) => oid));
      for (const [index, { oid }] of files.entries())
        expect(String(texts[index]).trimEnd()).toBe(await repository.git("cat-file", "blob", oid));
    }
  }

  /** Expects that all files can be read, and that the refs equal the remote's. */
  async function expectWhole(one: Mirror): Promise<void> {
    await readAll(one);
    const held = [...one.refs().values()].map(({ name, oid }) => `${name} ${oid}`).sort();
    expect(held.join("\n")).toBe(await repository.git("for-each-ref", "--format=%(refname) %(objectname)"));
  }

  async function harm(path: RegExp, how: string): Promise<void> {
    const found = (await filesIn(mirror.repository.dir)).filter((file) => path.test(file));
    expect(found).not.toEqual([]);
    for (const file of found) {
      const full = fullPath(mirror.repository.dir, file);
      await chmod(full, 0o600);
      await HARM[how]?.(full);
    }
  }

  it.each(OBJECTS)("repairs itself while it is read: $place $harm", async ({ path, harm: how }) => {
    await harm(path, how);
    // The reader reports the damage, as the controllers do, and gets no wrong bytes.
    await readAll(mirror).catch(() => mirror.reportDamage());
    await edit(writer, "first").catch(() => {});
    await writer.fetch();
    await edit(writer, "second");
    await repository.commitFile(main, "a", "four");
    await writer.fetch();
    await expectWhole(mirror);
    expect(await repository.git("ls-tree", "--name-only", draft)).toContain("second");
  });

  it.each(DAMAGES)("repairs itself with the first push or fetch: $place $harm", async ({ path, harm: how }) => {
    await harm(path, how);
    await edit(writer, "first");
    await writer.fetch();
    await edit(writer, "second");
    await readAll(mirror).catch(() => mirror.reportDamage());
    await writer.fetch();
    await expectWhole(mirror);
    const files = (await repository.git("ls-tree", "--name-only", draft)).split("\n");
    expect(files).toEqual(["a", "b", "first", "second", "side"]);
  });

  it.each(DAMAGES)("repairs itself at the next start: $place $harm", async ({ path, harm: how }) => {
    await harm(path, how);
    let again = await repository.openMirror();
    await writerOf(again).fetch();
    if (!(await isReadable(again))) {
      // As the controllers do: a damaged mirror is not opened again.
      again.reportDamage();
      await again.close();
      again = await repository.openMirror();
      await writerOf(again).fetch();
    }
    await edit(writerOf(again), "first");
    await expectWhole(again);
  });

  const isReadable = async (one: Mirror) =>
    await readAll(one).then(
      () => true,
      () => false,
    );

  it.each(LEFTOVERS)("is not blocked by %s, left by a killed git before a fetch or a start", async (name) => {
    const leave = async () => await writeLeftover(mirror.repository.dir, name);
    const move = async (content: string) => {
      await repository.commitFile(main, "a", content);
      await repository.git("update-ref", "refs/tags/web/v2", main);
      await repository.git("update-ref", "-d", "refs/tags/web/v1").catch(() => {});
    };
    await leave();
    await move("four");
    await writer.fetch();
    await edit(writer, "first");
    await expectWhole(mirror);
    await leave();
    await move("five");
    await repository.git("update-ref", "-d", "refs/tags/web/v2");
    const again = await repository.openMirror();
    await writerOf(again).fetch();
    await edit(writerOf(again), "second");
    await expectWhole(again);
  });

  it("removes files left by killed commands at the next start", async () => {
    const refs = ["refs/heads/tmp_obj_x", "refs/heads/tmp_pack_x"];
    for (const ref of refs) await repository.git("update-ref", ref, main);
    await mirror.fetch();
    for (const name of [...LEFTOVERS, ...TEMPORARY]) await writeLeftover(mirror.repository.dir, name);
    const again = await repository.openMirror();
    const left = await filesIn(again.repository.dir);
    expect(left.filter((name) => /\.lock$|\.new$|tmp|crash/.test(name)).sort()).toEqual(refs);
    await again.fetch();
    await expectWhole(again);
  });

  it("returns the right bytes or none, whichever bit of its packs is flipped", async () => {
    const { dir } = mirror.repository;
    await mirror.repository.runLocal(["repack", "-adfq"]);
    const files = (await filesIn(dir)).filter((name) => /\.(?:pack|idx)$/.test(name)).map((name) => join(dir, name));
    const oids = (await repository.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)")).split("\n");
    const right = await Promise.all(oids.map(async (oid) => (await mirror.reader.read(oid)).bytes));
    const places = fc.record({ file: fc.constantFrom(...files), at: fc.nat(), bit: fc.nat(7) });
    await fc.assert(
      fc.asyncProperty(places, async ({ file, at, bit }) => {
        const whole = await readFile(file);
        await chmod(file, 0o600);
        await flip(file, at % whole.length, bit);
        const reader = new ObjectReader(mirror.repository.environment(), { signing: testSigning });
        const read = await Promise.allSettled(oids.map((oid) => reader.read(oid)));
        reader.close();
        await writeFile(file, whole);
        for (const [index, one] of read.entries())
          if (one.status === "fulfilled") expect(one.value.bytes).toEqual(right[index]);
      }),
      // The second bit that gave other bytes without a word, before they were compared with their name.
      { numRuns: FLIPS, seed: 5 },
    );
  });
});

async function flip(file: string, at: number, bit: number): Promise<void> {
  const bytes = await readFile(file);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
  await writeFile(file, bytes);
}

/** The files of a mirror, and those for access to its remote as `.access/NAME`; paths from its folder. */
async function filesIn(dir: string): Promise<string[]> {
  const list = async (root: string, prefix: string) =>
    (await readdir(root, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => `${prefix}${join(entry.parentPath, entry.name).slice(root.length + 1)}`);
  return [...(await list(dir, "")), ...(await list(`${dir}.access`, ".access/"))];
}

function fullPath(dir: string, name: string): string {
  return name.startsWith(".access/") ? `${dir}${name}` : join(dir, name);
}

async function writeLeftover(dir: string, name: string): Promise<void> {
  await mkdir(dirname(join(dir, name)), { recursive: true });
  await writeFile(join(dir, name), "");
}
