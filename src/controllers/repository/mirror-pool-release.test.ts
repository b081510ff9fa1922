import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { test as base, describe, expect, vi } from "vitest";
import { createLog } from "../../runtime/log.ts";
import { GitError } from "../../storage/git/errors.ts";
import { Mirror } from "../../storage/git/mirror/mirror.ts";
import { generatePrivateKey } from "../../storage/git/signing/private-key.ts";
import { testSettings } from "../../storage/git/testing/repositories.ts";
import { type MirrorIdentity, mirrorId } from "./mirror-identity.ts";
import { MirrorPool } from "./mirror-pool.ts";

const KEYS = { kind: "ssh", privateKey: generatePrivateKey(), knownHosts: "HOSTS" } as const;
/** No test contacts these remotes. */
const identityOf = (name: string): MirrorIdentity => ({
  namespace: "team",
  url: `ssh://git@git.invalid/${name}`,
  credentials: "git-auth",
});
const accessTo = (name: string) => ({ url: identityOf(name).url, credentials: KEYS });

const it = base
  .extend("dir", async ({ onTestFinished }) => {
    const dir = await mkdtemp(join(tmpdir(), "mirror-pool-"));
    onTestFinished(() => rm(dir, { recursive: true, force: true }));
    return dir;
  })
  .extend("pool", async ({ dir, onTestFinished }) => {
    onTestFinished(() => void vi.restoreAllMocks());
    const settings = { ...testSettings, transports: new Set(["ssh"] as const) };
    const channel = { emit: () => {} };
    const log = createLog({ level: "error" });
    const pool = new MirrorPool({ dir, settings, log, now: () => new Date(), channel });
    onTestFinished(() => pool.closeAll());
    return pool;
  });

/** Paths of the files with credentials. */
async function credentialFiles(dir: string): Promise<readonly string[]> {
  const names = await readdir(dir, { recursive: true });
  return names.filter((name) => /\/(id|known_hosts)$/.test(name)).sort();
}

const mirrorsIn = async (dir: string) => (await readdir(dir)).filter((name) => name.endsWith(".git"));

describe("MirrorPool.release", () => {
  it("keeps a mirror that another Repository uses, and closes it after the last one", async ({ pool, dir }) => {
    const first = await pool.acquire("team/a", identityOf("r"), accessTo("r"));
    await pool.acquire("team/b", identityOf("r"), accessTo("r"));
    await pool.release("team/a");
    expect(await credentialFiles(dir)).toHaveLength(2);
    expect(await pool.acquire("team/a", identityOf("r"), accessTo("r"))).toBe(first);
    await pool.release("team/a");
    await pool.release("team/b");
    expect(await credentialFiles(dir)).toEqual([]);
    expect(await pool.acquire("team/a", identityOf("r"), accessTo("r"))).not.toBe(first);
  });

  it("keeps the mirror that the Repository goes on to use", async ({ pool }) => {
    const old = await pool.acquire("team/a", identityOf("old"), accessTo("old"));
    const current = await pool.acquire("team/a", identityOf("new"), accessTo("new"));
    await pool.release("team/a", current);
    expect(await pool.acquire("team/b", identityOf("new"), accessTo("new"))).toBe(current);
    expect(await pool.acquire("team/b", identityOf("old"), accessTo("old"))).not.toBe(old);
  });
});

describe("MirrorPool.acquire", () => {
  it("opens a mirror again only after it has been closed: two would write to one directory", async ({ pool, dir }) => {
    const first = await pool.acquire("team/a", identityOf("r"), accessTo("r"));
    const { promise, resolve } = Promise.withResolvers<void>();
    const close = vi.spyOn(first.writer, "close").mockReturnValueOnce(promise);
    const open = vi.spyOn(Mirror, "open");
    const released = pool.release("team/a");
    await vi.waitFor(() => expect(close).toHaveBeenCalledOnce());
    await pool.removeUnused(() => false);
    expect(await mirrorsIn(dir)).toHaveLength(1);
    const acquired = pool.acquire("team/b", identityOf("r"), accessTo("r"));
    await setTimeout(20);
    expect(open).not.toHaveBeenCalled();
    resolve();
    await released;
    expect(await acquired).not.toBe(first);
    expect(open).toHaveBeenCalledOnce();
  });

  it("tries again after a mirror could not be opened", async ({ pool }) => {
    vi.spyOn(Mirror, "open").mockRejectedValueOnce(new GitError("DiskFull", "no space left"));
    const acquire = () => pool.acquire("team/a", identityOf("r"), accessTo("r"));
    await expect(acquire()).rejects.toThrow("no space left");
    expect(await acquire()).toBe(await acquire());
  });
});

describe("MirrorPool.revokeCredentials", () => {
  it("deletes the credentials of a Repository's mirror from disk, and no others", async ({ pool, dir }) => {
    const first = await pool.acquire("team/a", identityOf("a"), accessTo("a"));
    await pool.acquire("team/b", identityOf("b"), accessTo("b"));
    expect(await credentialFiles(dir)).toHaveLength(4);
    await pool.revokeCredentials("team/a", accessTo("a").url);
    expect(await credentialFiles(dir)).toHaveLength(2);
    expect(await pool.acquire("team/a", identityOf("a"), accessTo("a"))).toBe(first);
    expect(await credentialFiles(dir)).toHaveLength(4);
  });
});

describe("MirrorPool.reportDamage", () => {
  it("reports it to the mirror of that Repository, and to no other", async ({ pool }) => {
    const [a, b] = [
      await pool.acquire("team/a", identityOf("a"), accessTo("a")),
      await pool.acquire("team/b", identityOf("b"), accessTo("b")),
    ];
    const [ofA, ofB] = [vi.spyOn(a.mirror, "reportDamage"), vi.spyOn(b.mirror, "reportDamage")];
    await pool.reportDamage("team/a");
    expect([ofA, ofB].map(({ mock }) => mock.calls.length)).toEqual([1, 0]);
  });
});

describe("MirrorPool.removeUnused", () => {
  it("removes from disk the mirrors that no Repository names, and no other directory", async ({ pool, dir }) => {
    for (const name of ["held", "named", "unused"])
      await pool.acquire(`team/${name}`, identityOf(name), accessTo(name));
    await pool.release("team/named");
    await pool.release("team/unused");
    await mkdir(join(dir, "other.git"));
    const [unused = ""] = (await readdir(dir)).filter((name) => /^[0-9a-f]+\.git$/.test(name));
    for (const ending of ["followed", "followed.new"]) await writeFile(join(dir, `${unused}.${ending}`), "");
    expect(await mirrorsIn(dir)).toHaveLength(4);
    await pool.removeUnused((id) => id === mirrorId(identityOf("named")));
    const left = await mirrorsIn(dir);
    expect(left).toHaveLength(3);
    expect(left).toContain("other.git");
    await pool.removeUnused(() => false);
    expect(await mirrorsIn(dir)).toHaveLength(2);
    await pool.release("team/held");
    await pool.removeUnused(() => false);
    expect(await readdir(dir)).toEqual(["other.git"]);
  });
});

describe("MirrorPool.removeUnused, called many times at once", () => {
  it("looks at the mirrors once for all calls while it does", async ({ pool }) => {
    await pool.acquire("team/a", identityOf("a"), accessTo("a"));
    await pool.release("team/a");
    const isUsed = vi.fn(() => true);
    await Promise.all([pool.removeUnused(isUsed), pool.removeUnused(isUsed), pool.removeUnused(isUsed)]);
    expect(isUsed).toHaveBeenCalledOnce();
    const first = pool.removeUnused(isUsed);
    await Promise.resolve();
    await Promise.resolve();
    await Promise.all([first, pool.removeUnused(isUsed), pool.removeUnused(isUsed)]);
    expect(isUsed).toHaveBeenCalledTimes(3);
  });
});

describe("MirrorPool.closeAll", () => {
  it("closes every mirror", async ({ pool, dir }) => {
    for (const name of ["a", "b"]) await pool.acquire(`team/${name}`, identityOf(name), accessTo(name));
    await pool.closeAll();
    expect(await credentialFiles(dir)).toEqual([]);
  });
});
