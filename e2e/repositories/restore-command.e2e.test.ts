import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { gitEnvironment, runGit } from "../harness/git-command.ts";
import { waitUntil } from "../harness/wait.ts";
import { listRefs, pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";

/**
 * Names that Git accepts for a branch, and that run a command where a shell reads them: as they are, or in quotes that
 * do not quote themselves. Git refuses white space and the backslash, not `$IFS`.
 */
const HOSTILE = [
  "a;touch$IFS-x;echo",
  "a;touch$IFS$9hacked;echo",
  "a&touch$IFS$9hacked&echo|cat>hacked<readme.md",
  "$(touch$IFS$9hacked)",
  "`touch$IFS$9hacked`",
  "a';touch$IFS$9hacked;echo'",
  'a";touch$IFS$9hacked;echo"',
  "a#!{b,c}%(d)'\"=-@é",
];

/** Runs a command as a user does who pastes it into a shell in a fresh clone; returns its stdout. */
type Paste = (repository: string, command: string) => Promise<string>;

const it = testWithEnv("restore").extend("paste", ({ env }, { onCleanup }): Paste => {
  return async (repository, command) => {
    const dir = await mkdtemp(join(tmpdir(), "pkgserver-restore-"));
    onCleanup(async () => await rm(dir, { recursive: true }));
    const [clone, store] = [join(dir, "clone"), join(dir, "credentials")];
    const { host } = new URL(env.git.url(repository));
    await writeFile(store, `http://pkgserver:${env.password}@${host}\n`);
    const helper = `credential.helper=store --file=${store}`;
    await runGit(dir, ["clone", "--quiet", "--config", helper, env.git.url(repository), clone]);
    const before = await readdir(clone);
    const { stdout } = await promisify(execFile)("sh", ["-c", command], { cwd: clone, env: gitEnvironment() });
    expect(await readdir(clone)).toEqual(before);
    return stdout;
  };
});

/** The command of a message that names the rewrite of exactly this ref. */
function restoreCommandIn({ status }: PackageRevision | Repository, ref: string): string {
  const { message = "" } = status?.conditions?.find(({ type }) => type === "Ready") ?? {};
  expect(message).toContain(`${ref} was moved on the remote from `);
  return /; to restore it: (.*); to accept the new history: /.exec(message)?.[1] ?? expect.fail(message);
}

describe("the command that restores a rewritten branch", () => {
  it.for(HOSTILE)(
    "restores a draft's branch of the name %s, and does nothing else",
    async (workspace, { env, packages, paste }) => {
      const repository = `draft-${HOSTILE.indexOf(workspace)}`;
      const branch = `edge1/inj/${workspace}`;
      const files = { Kptfile: "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: inj\n", "a.yaml": "a: 1\n" };
      const push = async (text: string) =>
        await pushExternally(env.git, repository, {
          branch,
          from: "refs/heads/main^0",
          files: { "edge1/inj/Kptfile": files.Kptfile, "edge1/inj/a.yaml": text },
        });
      await env.git.createRepository(repository, { seed: { "readme.md": "all\n" } });
      await push(files["a.yaml"]);
      const before = await listRefs(env.git, repository);
      await env.register(repository);
      const { metadata } = await waitUntil(`${branch} is a draft`, async () =>
        (await env.revisions()).find(({ spec: { packageRevID: id } }) => {
          return id.repository === repository && id.realm === "edge1" && id.workspace === workspace;
        }),
      );
      await packages.waitForReason(metadata.name, "Draft");

      await env.git.git(repository, "update-ref", `refs/heads/${branch}`, "main");
      await push("a: rewritten\n");
      await env.sync(repository);
      const reported = await packages.waitForReason(metadata.name, "BranchRewritten");
      expect(await listRefs(env.git, repository)).not.toBe(before);

      expect(await paste(repository, restoreCommandIn(reported, `refs/heads/${branch}`))).toBe("");
      expect(await listRefs(env.git, repository)).toBe(before);
      await env.sync(repository);
      await packages.waitForReason(metadata.name, "Draft");
      expect((await packages.contents(metadata.name)).spec.resources).toEqual(files);
    },
  );

  it.for(HOSTILE)("restores a main branch of the name %s, and does nothing else", async (branch, { env, paste }) => {
    const repository = `main-${HOSTILE.indexOf(branch)}`;
    await env.git.createRepository(repository, { initialBranch: branch, seed: { "readme.md": "all\n" } });
    await pushExternally(env.git, repository, { branch, files: { "a.md": "a\n" } });
    const before = await listRefs(env.git, repository);
    await env.register(repository, {}, { ref: branch });

    await env.git.git(repository, "update-ref", `refs/heads/${branch}`, `refs/heads/${branch}^`);
    await pushExternally(env.git, repository, { branch, files: { "a.md": "rewritten\n" } });
    await env.sync(repository);
    const reported = await env.waitForRepository(repository, "HistoryRewritten");
    expect(await listRefs(env.git, repository)).not.toBe(before);

    expect(await paste(repository, restoreCommandIn(reported, `refs/heads/${branch}`))).toBe("");
    expect(await listRefs(env.git, repository)).toBe(before);
    await env.sync(repository);
    await env.waitForRepository(repository, "Synced");
  });
});
