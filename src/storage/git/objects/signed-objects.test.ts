import { readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { FailpointHook } from "../../../core/ports/failpoint.ts";
import type { RefStep } from "../push/change.ts";
import { allowedSigner } from "../signing/allowed-signers.ts";
import { Keyring } from "../signing/keyring.ts";
import { MAIN } from "../testing/fixtures.ts";
import { addTo, it as base, change, draft, requestOf, submitAll } from "../testing/push-fixtures.ts";
import { ann, putText, testSettings } from "../testing/repositories.ts";
import { testPrivateKey } from "../testing/signing.ts";

const it = base.extend("verify", async ({ remote }) => {
  const signers = join(remote.folder, "signers");
  await writeFile(signers, `${allowedSigner("pkgserver@example.com", Keyring.publicKeyOf(testPrivateKey))}\n`);
  /** Verifies as anybody would who has the file of allowed signers. */
  return async (command: "verify-commit" | "verify-tag", name: string) =>
    await remote.git("-c", "gpg.format=ssh", "-c", `gpg.ssh.allowedSignersFile=${signers}`, command, name);
});

const tag = (target: string): RefStep => ({ kind: "tag", ref: "refs/tags/a/v1", target, tagger: ann, message: "v1" });

describe("writeObjects", () => {
  it.for(["sha1", "sha256"])(
    "signs commits and tags so that git verifies them, with %s",
    async (format, { remote, verify }) => {
      if (format === "sha256") {
        await rm(remote.bare, { recursive: true });
        await remote.git("init", "-q", "--bare", "--object-format=sha256", "--initial-branch=main");
        await remote.commitFile(MAIN, "root", "1");
      }
      const mirror = await remote.openMirror();
      const queue = await remote.openQueue({ mirror });
      const from = await remote.git("rev-parse", MAIN);
      const steps = [draft("refs/heads/d", putText("a", "1")), draft("refs/heads/d", putText("b", "2"))];
      await queue.submit(requestOf(change({ ...steps[0], from } as RefStep, ...steps.slice(1), tag(from))));
      await submitAll(queue, [addTo("x"), addTo("y")]);
      for (const commit of ["refs/heads/d", "refs/heads/d~1", MAIN, `${MAIN}~1`]) await verify("verify-commit", commit);
      await expect(verify("verify-commit", `${MAIN}~2`)).rejects.toThrow();
      await verify("verify-tag", "a/v1");
      expect(await remote.git("rev-parse", "refs/heads/d~2")).toBe(from);
      expect(await remote.git("fsck", "--strict", "--no-dangling")).toBe("");
      const { reader } = mirror;
      const oid = async (name: string) => await remote.git("rev-parse", name);
      expect((await reader.commit(await oid("refs/heads/d"))).isSigned).toBe(true);
      expect((await reader.commit(from)).isSigned).toBe(false);
      expect(await reader.tag(await oid("a/v1"))).toMatchObject({ isSigned: true, message: "v1\n", name: "a/v1" });
    },
  );

  it("writes names, times and message as git would", async ({ remote }) => {
    const queue = await remote.openQueue({ now: () => new Date(1_800_000_000_999) });
    const author = { name: " A <b>\nc ", email: "a@b\0>" };
    const message = "title\n\n\0 body with trailing space \n\n";
    const step = { kind: "commit", ref: MAIN, commit: { message, author, edits: [] } } as const;
    await queue.submit(requestOf(change(step)));
    const text = await remote.git("cat-file", "commit", MAIN);
    expect(text.replace(/\ngpgsig (?:.*\n )*.*/, "").split("\n")).toEqual([
      `tree ${await remote.git("rev-parse", `${MAIN}~^{tree}`)}`,
      `parent ${await remote.git("rev-parse", `${MAIN}~`)}`,
      "author A  b c <a@b> 1800000000 +0000",
      "committer pkgserver <pkgserver@example.com> 1800000000 +0000",
      "",
      "title",
      "",
      " body with trailing space",
    ]);
  });

  it("makes commits without any file", async ({ remote }) => {
    const queue = await remote.openQueue();
    await queue.submit(requestOf(change(draft(MAIN, { kind: "remove", path: "root" }))));
    expect(await remote.filesOf(MAIN)).toEqual([]);
  });

  it("starts no git process for a tag alone, and reaches a failpoint on both sides of the writing", async ({
    remote,
  }) => {
    const reached: string[] = [];
    const onFailpoint: FailpointHook = (effect, moment) => void reached.push(`${moment} ${effect}`);
    const mirror = await remote.openMirror({ settings: { ...testSettings, onFailpoint } });
    const queue = await remote.openQueue({ mirror });
    reached.length = 0;
    await queue.submit(requestOf(change(tag(await remote.git("rev-parse", MAIN)))));
    const sides = ["write signed objects", "git push"].flatMap((effect) => [`before ${effect}`, `after ${effect}`]);
    expect(reached).toEqual(sides);
  });

  it("leaves no temporary file behind, and removes those of a process that was killed", async ({ remote }) => {
    const mirror = await remote.openMirror();
    const queue = await remote.openQueue({ mirror });
    const { refs } = await queue.submit(requestOf(addTo("a")));
    const commit = refs?.get(MAIN) ?? "";
    const folder = join(mirror.repository.dir, "objects", commit.slice(0, 2));
    expect((await stat(join(folder, commit.slice(2)))).mode & 0o777).toBe(0o444);
    await writeFile(join(folder, "tmp_obj_0123456789abcdef"), "half");
    await mirror.repository.removeUnfinished();
    expect((await readdir(folder)).filter((name) => name.startsWith("tmp"))).toEqual([]);
  });
});
