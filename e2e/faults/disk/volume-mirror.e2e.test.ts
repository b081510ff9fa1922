import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Mirror } from "../../../src/storage/git/mirror/mirror.ts";
import { PushQueue } from "../../../src/storage/git/push/push-queue.ts";
import { ann, commitOf, putText, TestRepository, testSettings } from "../../../src/storage/git/testing/repositories.ts";
import { mountSmallVolume, type SmallVolume } from "./small-volume.ts";

const main = "refs/heads/main";
const FAILURES = [
  {
    what: "is full",
    reason: "DiskFull",
    fail: (volume: SmallVolume) => volume.fill(),
    restore: (volume: SmallVolume) => volume.drain(),
  },
  {
    what: "has no inodes left",
    reason: "DiskFull",
    fail: (volume: SmallVolume) => volume.exhaustInodes(),
    restore: (volume: SmallVolume) => volume.restoreInodes(),
  },
  {
    what: "is read-only",
    reason: "DataDirNotWritable",
    fail: (volume: SmallVolume) => volume.setWritable(false),
    restore: (volume: SmallVolume) => volume.setWritable(true),
  },
] as const;

describe.each(FAILURES)("a mirror on a volume that $what", ({ reason, fail, restore }) => {
  let repository: TestRepository;
  let volume: SmallVolume;
  let dir: string;
  let mirror: Mirror;
  let writer: PushQueue;
  let logged: string[] = [];

  const open = async (name: string) =>
    await Mirror.open({
      dir: join(dir, name),
      remote: { url: repository.bare },
      settings: testSettings,
      log: (message) => logged.push(message),
    });
  const writerOf = (one: Mirror) => new PushQueue({ mirror: one, committer: ann, now: () => new Date() });
  const edit = async (to: PushQueue, name: string) =>
    await to.submit({
      name,
      plan: async () => {
        const steps = [{ kind: "commit", ref: main, commit: commitOf(putText(name, name)) }] as const;
        return { kind: "write", change: { steps, claims: [] }, value: name };
      },
    });

  beforeEach(async () => {
    repository = await TestRepository.create();
    await repository.commitFile(main, "a", "1");
    dir = join(repository.folder, "mirrors");
    logged = [];
    volume = await mountSmallVolume(dir);
    mirror = await open("mirror.git");
    writer = writerOf(mirror);
    await writer.fetch();
    await edit(writer, "first");
  });
  afterEach(async () => {
    await restore(volume);
    await mirror.close();
    await volume.unmount();
    await repository.close();
  });

  it("reports that for every write, and works again once the volume does", async () => {
    await fail(volume);
    await expect(edit(writer, "second")).rejects.toMatchObject({ reason, retryable: true });
    await repository.commitFile(main, "b", randomBytes(60_000).toString("base64"));
    await expect(writer.fetch()).rejects.toMatchObject({ reason });
    await expect(open("other.git")).rejects.toMatchObject({ reason });
    const head = mirror.refs().get(main)?.oid ?? "";
    expect((await mirror.reader.commit(head)).message).toBe("change\n");
    const refused = await writer.fetch().catch((error) => error.message);
    // The message is stable: it has no times or random names.
    expect(await writer.fetch().catch((error) => error.message)).toBe(refused);

    await restore(volume);
    await edit(writer, "second");
    await (await open("other.git")).close();
    const names = (await repository.git("ls-tree", "--name-only", main)).split("\n");
    expect(names).toEqual(["a", "b", "first", "second"]);
    // A full disk is no damage: no intact mirror is removed.
    expect(logged).toEqual([]);
  });

  it("does not accept other credentials, and keeps the current ones intact", async () => {
    await fail(volume);
    await expect(mirror.setRemote({ url: repository.bare, caCertificate: "new" })).rejects.toMatchObject({ reason });
    const before = await repository.git("rev-parse", main);
    // An emptied script would exit with 0 and push nothing.
    await edit(writer, "second").catch(() => {});
    await restore(volume);
    const pushed = (await repository.git("rev-parse", main)) !== before;
    expect(mirror.refs().get(main)?.oid === before).toBe(!pushed);
    await edit(writer, "third");
    expect(await repository.git("ls-tree", "--name-only", main)).toContain("third");
  });

  it("can be opened again once the volume works", async () => {
    await mirror.close();
    await fail(volume);
    await expect(open("mirror.git")).rejects.toMatchObject({ reason });
    await restore(volume);
    mirror = await open("mirror.git");
    writer = writerOf(mirror);
    await writer.fetch();
    await edit(writer, "second");
    expect(await repository.git("ls-tree", "--name-only", main)).toContain("second");
  });
});
