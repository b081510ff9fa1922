import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blobOid } from "../../src/core/identity/hash.ts";
import { OPERATOR } from "../../src/core/identity/person.ts";
import { allowedSigner } from "../../src/storage/git/signing/allowed-signers.ts";
import { Keyring } from "../../src/storage/git/signing/keyring.ts";
import { generatePrivateKey } from "../../src/storage/git/signing/private-key.ts";
import { fingerprint } from "../../src/storage/git/signing/signer-of.ts";
import { runGit } from "../harness/git-command.ts";
import { openRepositories } from "../harness/git-repositories.ts";
import { signObject } from "../testenv/signers.ts";
import { folderKey, type RemoteView } from "./observation.ts";
import { readRemote } from "./read-remote.ts";

const trailersOf = (revision: string) => `Publish web ${revision}

Package-Path: web
Package-Workspace: one
Package-Lifecycle: published
Package-Revision: ${revision}
`;
/** Names prove nothing: everybody here calls itself the operator. */
const operator = { GIT_COMMITTER_NAME: OPERATOR.name, GIT_COMMITTER_EMAIL: OPERATOR.email };
const author = { GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@example.com" };
const privateKey = generatePrivateKey();
const signers = allowedSigner(OPERATOR.email, Keyring.publicKeyOf(privateKey));

let root: string;
let dir: string;
let remote: RemoteView;
const git = async (...args: readonly string[]) => (await runGit(dir, args, { env: { ...author, ...operator } })).trim();
const oid = async (name: string) => await git("rev-parse", name);

/** Puts a commit with these files on top of a branch. */
async function commit(branch: string, files: readonly string[], how: "signed" | "unsigned"): Promise<void> {
  await git("read-tree", "--empty");
  for (const file of files) await git("update-index", "--add", "--cacheinfo", file);
  const parent = await git("rev-parse", "--verify", "--quiet", branch).catch(() => "");
  const tree = await git("write-tree");
  const made = await git("commit-tree", tree, "-m", "A change", ...(parent === "" ? [] : ["-p", parent]));
  await git("update-ref", `refs/heads/${branch}`, how === "signed" ? await signObject(dir, made, privateKey) : made);
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "pkgserver-read-"));
  dir = await openRepositories(root).createRepository("r", { seed: { "readme.md": "hello\n" } });
  const blob = async (text: string) => (await runGit(dir, ["hash-object", "-w", "--stdin"], { input: text })).trim();
  const [first, second, nested, big] = await Promise.all(
    ["a: 1\n", "a: 2\n", "n: 1\n", "x".repeat(1_100_000)].map(blob),
  );
  await commit("main", [`100644,${first},web/a.yaml`, `100755,${nested},web/in/run.sh`], "signed");
  for (const revision of ["v1", "v0"]) await git("tag", "-a", `web/${revision}`, "-m", trailersOf(revision), "main");
  await git("update-ref", "refs/tags/web/v1", await signObject(dir, await oid("web/v1"), privateKey));
  // The same object under another name.
  await git("update-ref", "refs/tags/web/v0.1.0", "web/v1");
  await git("tag", "web/in/v1", "main");
  await commit("main", [`100644,${second},web/a.yaml`, `100755,${nested},web/in/run.sh`], "unsigned");
  await git("update-ref", "refs/heads/web/two", "main");
  await commit(
    "web/two",
    [`100644,${second},web/a.yaml`, `120000,${first},web/link`, `100644,${big},web/big`],
    "signed",
  );
  const paths = ["web/a.yaml", "web/link"];
  remote = await readRemote(dir, { mainRefs: new Set(["refs/heads/main"]), paths, signers });
});
afterAll(async () => await rm(root, { recursive: true }));

describe("readRemote", () => {
  it("reads refs, their commits, and the trailers of signed tags and branches", async () => {
    const tag = remote.refs.get("refs/tags/web/v1");
    expect(tag).toMatchObject({
      annotated: true,
      commit: await oid("main~"),
      trailers: { path: "web", revision: "v1" },
    });
    expect(remote.refs.get("refs/tags/web/in/v1")).toMatchObject({ annotated: false, commit: await oid("main~") });
    for (const name of ["web/v0", "web/v0.1.0"]) {
      expect(remote.refs.get(`refs/tags/${name}`)).toMatchObject({ annotated: true, commit: await oid("main~") });
      expect(remote.refs.get(`refs/tags/${name}`)?.trailers).toBeUndefined();
    }
    expect([...remote.refs.keys()]).toEqual([
      "refs/heads/main",
      "refs/heads/web/two",
      "refs/tags/web/in/v1",
      "refs/tags/web/v0",
      "refs/tags/web/v0.1.0",
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

  it("reads who signed each commit, as git verifies it, and the last change of a folder that differs from its tag", async () => {
    const main = await oid("main");
    expect(remote.commits.get(main)).toEqual({
      parents: [await oid("main~")],
      byOperator: false,
      inOperatorsName: true,
    });
    expect(remote.commits.get(await oid("web/two"))).toMatchObject({ byOperator: true, inOperatorsName: true });
    expect([...remote.lastChanges]).toEqual([[folderKey(main, "web"), main]]);
  });

  it("reads the files outside of its package that a tag of the operator changes", async () => {
    expect(remote.otherChanges).toEqual(new Map([["refs/tags/web/v1", []]]));
    const blob = (await runGit(dir, ["hash-object", "-w", "--stdin"], { input: "evil\n" })).trim();
    await git("update-ref", "refs/heads/other", "main");
    await commit("other", [`100644,${blob},web/b.yaml`, `100644,${blob},ci/run`, `100644,${blob},webs/c`], "signed");
    await git("tag", "-a", "web/v3", "-m", trailersOf("v3"), "other");
    await git("update-ref", "refs/tags/web/v3", await signObject(dir, await oid("web/v3"), privateKey));
    const { otherChanges } = await readRemote(dir, { mainRefs: new Set(["refs/heads/main"]), signers });
    expect(otherChanges.get("refs/tags/web/v3")).toEqual(["ci/run", "webs/c"]);
  });

  it("reads which tags in the operator's name plain git verifies, and the keys of other signatures", async () => {
    const found = ["v1", "v0", "v0.1.0"].map((one) => remote.refs.get(`refs/tags/web/${one}`));
    expect(found.map((ref) => ref?.tagInOperatorsName)).toEqual(["verified", "unverified", "verified"]);
    expect(found.map((ref) => ref?.signatures?.tag)).toEqual(["operator", undefined, undefined]);
    const other = generatePrivateKey();
    const { refs, commits } = await readRemote(dir, {
      mainRefs: new Set(),
      signers: allowedSigner(OPERATOR.email, Keyring.publicKeyOf(other)),
    });
    const key = fingerprint(Keyring.publicKeyOf(privateKey));
    const tag = refs.get("refs/tags/web/v1");
    expect([tag?.tagInOperatorsName, tag?.signatures, tag?.trailers]).toEqual([
      "unverified",
      { tag: key, commit: key },
      undefined,
    ]);
    expect([...commits.values()].some(({ byOperator }) => byOperator)).toBe(false);
  });

  it("reads all versions of a path", () => {
    const ids = ["a: 1\n", "a: 2\n"].map((text) => blobOid(Buffer.from(text), "sha1"));
    expect(remote.pathHistory.get("web/a.yaml")).toEqual(new Set([...ids, "0".repeat(40)]));
    expect(remote.pathHistory.get("web/link")).toEqual(new Set([ids[0], "0".repeat(40)]));
  });
});
