import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blobOid } from "../../src/core/identity/hash.ts";
import { OPERATOR } from "../../src/core/identity/person.ts";
import { runGit } from "../harness/git-command.ts";
import { openRepositories } from "../harness/git-repositories.ts";
import { folderKey, type RemoteView } from "./observation.ts";
import { readRemote } from "./read-remote.ts";

const trailersOf = (revision: string) => `Publish web ${revision}

Package-Path: web
Package-Workspace: one
Package-Lifecycle: published
Package-Revision: ${revision}
`;
const operator = { GIT_COMMITTER_NAME: OPERATOR.name, GIT_COMMITTER_EMAIL: OPERATOR.email };
const externalUser = { GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@example.com" };
const author = { GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@example.com" };

let root: string;
let dir: string;
let remote: RemoteView;
const git = async (env: Readonly<Record<string, string>>, ...args: readonly string[]) =>
  (await runGit(dir, args, { env: { ...author, ...env } })).trim();
const oid = async (name: string) => await git({}, "rev-parse", name);

/** Puts a commit with these files on top of a branch. */
async function commit(branch: string, files: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  await git({}, "read-tree", "--empty");
  for (const file of files) await git({}, "update-index", "--add", "--cacheinfo", file);
  const parent = await git({}, "rev-parse", "--verify", "--quiet", branch).catch(() => "");
  const tree = await git({}, "write-tree");
  const made = await git(env, "commit-tree", tree, "-m", "A change", ...(parent === "" ? [] : ["-p", parent]));
  await git({}, "update-ref", `refs/heads/${branch}`, made);
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "pkgserver-read-"));
  dir = await openRepositories(root).createRepository("r", { seed: { "readme.md": "hello\n" } });
  const blob = async (text: string) => (await runGit(dir, ["hash-object", "-w", "--stdin"], { input: text })).trim();
  const [first, second, nested, big] = await Promise.all(
    ["a: 1\n", "a: 2\n", "n: 1\n", "x".repeat(1_100_000)].map(blob),
  );
  await commit("main", [`100644,${first},web/a.yaml`, `100755,${nested},web/in/run.sh`], operator);
  await git(externalUser, "tag", "-a", "web/v1", "-m", trailersOf("v1"), "main");
  await git({}, "tag", "web/in/v1", "main");
  await commit("main", [`100644,${second},web/a.yaml`, `100755,${nested},web/in/run.sh`], externalUser);
  await git({}, "update-ref", "refs/heads/web/two", "main");
  await commit(
    "web/two",
    [`100644,${second},web/a.yaml`, `120000,${first},web/link`, `100644,${big},web/big`],
    operator,
  );
  const paths = ["web/a.yaml", "web/link"];
  remote = await readRemote(dir, { mainRefs: new Set(["refs/heads/main"]), paths });
});
afterAll(async () => await rm(root, { recursive: true }));

describe("readRemote", () => {
  it("reads refs, their commits, and the trailers of tags and branches", async () => {
    const tag = remote.refs.get("refs/tags/web/v1");
    expect(tag).toMatchObject({
      annotated: true,
      commit: await oid("main~"),
      trailers: { path: "web", revision: "v1" },
    });
    expect(remote.refs.get("refs/tags/web/in/v1")).toMatchObject({ annotated: false, commit: await oid("main~") });
    expect([...remote.refs.keys()]).toEqual([
      "refs/heads/main",
      "refs/heads/web/two",
      "refs/tags/web/in/v1",
      "refs/tags/web/v1",
    ]);
  });

  it("reads folders with bytes and modes, without the bytes of files that are too large", async () => {
    const tagged = remote.folders.get(folderKey(await oid("main~"), "web"))?.files;
    expect(tagged?.map(({ path, mode, bytes }) => [path, mode, Buffer.from(bytes ?? []).toString()])).toEqual([
      ["a.yaml", "100644", "a: 1\n"],
      ["in/run.sh", "100755", "n: 1\n"],
    ]);
    const draft = remote.folders.get(folderKey(await oid("web/two"), "web"))?.files;
    expect(draft?.map(({ path, mode, size, bytes }) => [path, mode, size, bytes?.length])).toEqual([
      ["a.yaml", "100644", 5, 5],
      ["big", "100644", 1_100_000, undefined],
      ["link", "120000", 5, 5],
    ]);
  });

  it("reads the committer of each commit, and the last change of a folder that differs from its latest tag", async () => {
    const main = await oid("main");
    expect(remote.commits.get(main)).toEqual({ parents: [await oid("main~")], byOperator: false });
    expect(remote.commits.get(await oid("web/two"))?.byOperator).toBe(true);
    expect([...remote.lastChanges]).toEqual([[folderKey(main, "web"), main]]);
  });

  it("reads the files outside of its package that a tag of the operator changes", async () => {
    expect(remote.otherChanges).toEqual(new Map([["refs/tags/web/v1", []]]));
    const blob = (await runGit(dir, ["hash-object", "-w", "--stdin"], { input: "evil\n" })).trim();
    await git({}, "update-ref", "refs/heads/other", "main");
    await commit("other", [`100644,${blob},web/b.yaml`, `100644,${blob},ci/run`, `100644,${blob},webs/c`], operator);
    await git(operator, "tag", "-a", "web/v3", "-m", trailersOf("v3"), "other");
    const { otherChanges } = await readRemote(dir, { mainRefs: new Set(["refs/heads/main"]) });
    expect(otherChanges.get("refs/tags/web/v3")).toEqual(["ci/run", "webs/c"]);
  });

  it("reads all versions of a path", () => {
    const ids = ["a: 1\n", "a: 2\n"].map((text) => blobOid(Buffer.from(text), "sha1"));
    expect(remote.pathHistory.get("web/a.yaml")).toEqual(new Set([...ids, "0".repeat(40)]));
    expect(remote.pathHistory.get("web/link")).toEqual(new Set([ids[0], "0".repeat(40)]));
  });
});
