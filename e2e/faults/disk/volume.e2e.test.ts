import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Repository } from "../../../src/api/v1alpha1/repository.ts";
import { ANNOTATION_SYNC } from "../../../src/api/v1alpha1/well-known.ts";
import { waitUntil } from "../../harness/wait.ts";
import { pushExternally } from "../../testenv/external-push.ts";
import { createGitReader } from "../../testenv/git-reader.ts";
import { createPackages, type Packages } from "../../testenv/packages.ts";
import { readyReason, startTestEnv, type TestEnv } from "../../testenv/testenv.ts";
import { mountSmallVolume, type SmallVolume } from "./small-volume.ts";

const NAMES = ["written", "fetched", "quiet"];
let env: TestEnv;
let packages: Packages;
let volume: SmallVolume;
let dataDir: string;
let draft: string;

beforeAll(async () => {
  env = await startTestEnv("disk");
  packages = await createPackages(env);
  dataDir = join(env.operatorSpec.dir, "operator-data");
  volume = await mountSmallVolume(dataDir);
  await Promise.all(NAMES.map((name) => env.git.createRepository(name)));
  await pushExternally(env.git, "quiet", { files: { "web/a.yaml": "a: 1\n" }, tags: ["web/v1"] });
  await Promise.all(NAMES.map((name) => env.register(name)));
  draft = await packages.createDraft(
    { repository: "written", package: "web", workspace: "one" },
    { "a.yaml": "a: 0\n" },
  );
});
afterAll(async () => {
  // The invariants do not depend on the data directory.
  await volume?.unmount();
  await env?.end();
});

/** Requests a sync, and does not wait. */
const requestSync = async (name: string) =>
  await packages.request("admin", "merge", `repositories/${name}`, {
    metadata: { annotations: { [ANNOTATION_SYNC]: randomBytes(4).toString("hex") } },
  });
const messageOf = (object: { readonly status?: { readonly conditions?: readonly { readonly message: string }[] } }) =>
  object.status?.conditions?.[0]?.message;
const tag = async (repository: string, name: string) =>
  await pushExternally(env.git, repository, {
    files: { [`${name}/a.yaml`]: `# ${randomBytes(40_000).toString("base64")}\n` },
    tags: [`${name}/v1`],
  });
const mirrors = async () => (await readdir(join(dataDir, "mirrors"))).sort();
/** Files that exist only while a command runs. */
const leftovers = async () =>
  (await readdir(dataDir, { recursive: true })).filter((name) => /\.lock$|\.new$|\/tmp_|\/\.tmp-|_crash_/.test(name));
const saved = async (text: string) => {
  await packages.waitForAcknowledgement(draft);
  expect(await createGitReader(env.git, "written").files("refs/heads/web/one", "web")).toEqual({ "a.yaml": text });
};

/** How a volume fails and recovers, and what conditions report meanwhile. */
const FAILURES = [
  {
    what: "is full",
    fail: () => volume.fill(),
    restore: () => volume.drain(),
    reason: "DiskFull",
    message: /(?:No space left on device|Out of diskspace).*data directory is full/i,
  },
  {
    what: "has no inodes left",
    fail: () => volume.exhaustInodes(),
    restore: () => volume.restoreInodes(),
    reason: "DiskFull",
    message: /(?:No space left on device|Out of diskspace).*data directory is full/i,
  },
  {
    what: "is read-only",
    fail: () => volume.setWritable(false),
    restore: () => volume.setWritable(true),
    reason: "DataDirNotWritable",
    message: /Read-only file system.*data directory must be writable/i,
  },
] as const;

describe.each(FAILURES)("a volume that $what", ({ what, fail, restore, reason, message }) => {
  const name = what.replaceAll(" ", "-");
  afterEach(restore);

  it("is reported by the objects that need it, blocks no others, and loses nothing", async () => {
    await fail();
    await packages.edit(draft, { "a.yaml": `# ${what}\n` });
    expect(messageOf(await packages.waitForReason(draft, reason))).toMatch(message);
    await tag("fetched", name);
    await requestSync("fetched");
    expect(messageOf(await env.waitForRepository("fetched", reason))).toMatch(message);
    await env.git.createRepository(name);
    await env.applyRepository(name, {}, {});
    expect(messageOf(await env.waitForRepository(name, reason))).toMatch(message);
    // A sync without changes writes nothing.
    await env.sync("quiet");
    expect((await fetch(`${env.operator.url}/readyz`)).ok).toBe(true);

    await restore();
    await saved(`# ${what}\n`);
    await env.waitForRepository("fetched", "Synced");
    await env.waitForReason(`catalog.fetched.${name}.v1`, "Published");
    await env.waitForRepository(name, "Synced");
    expect(await leftovers()).toEqual([]);
  });

  it("does not accept a new password, and acknowledges no edit that was not pushed", async () => {
    await fail();
    const password = `canary-${randomBytes(12).toString("hex")}`;
    env.git.setPassword(password);
    const body = { stringData: { password } };
    await env.as("admin")("patch", "secret", "git-auth", "--type=merge", `--patch=${JSON.stringify(body)}`);
    await env.waitForRepository("written", reason);
    await packages.edit(draft, { "a.yaml": `# ${what}, with a new password\n` });
    await packages.waitFor(draft, "reports why it waits", (one) =>
      (["AuthenticationFailed", reason] as readonly unknown[]).includes(one.status?.conditions?.[0]?.reason ?? ""),
    );
    await restore();
    await saved(`# ${what}, with a new password\n`);
    await Promise.all(NAMES.map((one) => env.waitForRepository(one, "Synced")));
  });

  it("does not stop the operator from starting, which continues when the volume recovers", async () => {
    await env.operator.kill();
    await env.as("admin")("delete", "lease", "pkgserver");
    await fail();
    await env.restartOperator("kill");
    await packages.edit(draft, { "a.yaml": `# ${what}, at start\n` });
    // Files of a killed operator are removed. Their space may suffice to read a repository, but not to write.
    const reasons = async () => [readyReason(await env.repository("written")), readyReason(await packages.get(draft))];
    await waitUntil("the failure is reported", reasons, { until: (all) => all.includes(reason) });
    await restore();
    await saved(`# ${what}, at start\n`);
    await Promise.all(NAMES.map((one) => env.waitForRepository(one, "Synced")));
  });
});

describe("a data directory", () => {
  it("that is removed while the operator runs is cloned again from Git", async () => {
    for (const name of await mirrors()) await rm(join(dataDir, "mirrors", name), { recursive: true });
    await packages.edit(draft, { "a.yaml": "# removed\n" });
    await saved("# removed\n");
    await tag("quiet", "later");
    await env.sync("quiet");
    await env.waitForReason("catalog.quiet.later.v1", "Published");
  });

  it("loses the mirror of a deleted Repository, and no other", async () => {
    await env.git.createRepository("passing");
    const before = await mirrors();
    await env.register("passing");
    const added = (await mirrors()).filter((name) => !before.includes(name));
    expect(added.map((name) => name.replace(/^[0-9a-f]{32}/, ""))).toEqual([".git", ".git.access", ".git.followed"]);
    await packages.request("admin", "delete", "repositories/passing");
    await waitUntil("its mirror is gone", async () => !(await mirrors()).some((name) => added.includes(name)));
    expect(await mirrors()).toEqual(before);
    await packages.edit(draft, { "a.yaml": "# passed\n" });
    await saved("# passed\n");
  });

  it("is cleaned of files of crashes and deleted Repositories when the operator starts, and of no others", async () => {
    // Each Repository has its mirror.
    const all = await packages.request("admin", "get", "repositories");
    const names = (all as unknown as { readonly items: readonly Repository[] }).items.map((one) => one.metadata.name);
    await Promise.all(names.map((name) => env.sync(name)));
    await env.operator.kill();
    await env.as("admin")("delete", "lease", "pkgserver");
    const before = await mirrors();
    for (const ending of [".git", ".git.access"])
      expect(before.filter((name) => name.endsWith(ending))).toHaveLength(names.length);
    const dir = join(dataDir, "mirrors");
    const old = "0123456789abcdef0123456789abcdef.git";
    await writeFile(join(dir, `${old}.followed`), "");
    for (const name of [old, `${old}.access`, "foreign"]) {
      await mkdir(join(dir, name));
      await writeFile(join(dir, name, "id"), "a key\n");
    }
    for (const mirror of before.filter((name) => name.endsWith(".git"))) {
      for (const name of ["packed-refs.lock", "refs/heads/main.lock", "scratch.git/config.lock", "HEAD.lock"])
        await writeFile(join(dir, mirror, name), "");
      for (const name of ["objects/pack/tmp_pack_a1b2c3", "scratch.git/fast_import_crash_7"])
        await writeFile(join(dir, mirror, name), "half");
    }
    await tag("quiet", "locked");
    await packages.edit(draft, { "a.yaml": "# locked\n" });
    await env.restartOperator("kill");
    await saved("# locked\n");
    await env.waitForReason("catalog.quiet.locked.v1", "Published");
    await Promise.all(NAMES.map((one) => env.sync(one)));
    // The mirrors that were removed above have such a file again now.
    const followed = before.filter((name) => name.endsWith(".git")).map((name) => `${name}.followed`);
    expect(await mirrors()).toEqual([...new Set([...before, ...followed, "foreign"])].sort());
    expect(existsSync(join(dir, "foreign", "id"))).toBe(true);
    expect(await leftovers()).toEqual([]);
  });
});
