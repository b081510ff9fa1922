import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aRepository } from "../../src/core/testing/observed.ts";
import { runGit } from "../harness/git-command.ts";
import { RemoteClones } from "./clone-remote.ts";

describe("RemoteClones", () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "pkgserver-clones-"));
  });
  afterAll(async () => await rm(dir, { recursive: true, force: true }));

  it.each(["sha1", "sha256"])("mirrors a remote with %s ids, and follows it", async (format) => {
    const remote = join(dir, `${format}.git`);
    await runGit(dir, ["init", "--quiet", "--bare", `--object-format=${format}`, remote]);
    const commit = async (message: string) => {
      const tree = (await runGit(remote, ["mktree"], { input: "" })).trim();
      const person = ["-c", "user.name=ann", "-c", "user.email=ann@example.com"];
      const id = (await runGit(remote, [...person, "commit-tree", "-m", message, tree])).trim();
      await runGit(remote, ["update-ref", "refs/heads/main", id]);
      return id;
    };
    const clones = new RemoteClones(dir, async () => await Promise.reject(new Error("there is no Secret")));
    const repository = aRepository({ git: { url: `file://${remote}` } });
    for (const message of ["first", "second"]) {
      const id = await commit(message);
      const folder = await clones.open(repository);
      expect((await runGit(folder, ["rev-parse", "refs/heads/main"])).trim()).toBe(id);
    }
  });
});
