import { chmod, cp, mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect } from "vitest";
import { it as base } from "../testing/fixtures.ts";
import { addTo, requestOf } from "../testing/push-fixtures.ts";
import { type TestRepository, testSettings } from "../testing/repositories.ts";
import { resolveLocalRemote } from "./local-remote.ts";

interface Place {
  /** The tenant's repository. */
  readonly own: string;
  /** The mirror of another tenant, in the operator's data folder. */
  readonly mirror: string;
  readonly data: string;
  readonly resolve: (url?: string) => Promise<string>;
}

const it = base.extend("place", async ({ repository }): Promise<Place> => {
  await repository.commitFile("refs/heads/main", "a.yaml", "a\n");
  const data = join(repository.folder, "data");
  const mirror = join(data, "mirrors", "0123.git");
  await cp(repository.bare, mirror, { recursive: true });
  const own = repository.bare;
  return { own, mirror, data, resolve: async (url = own) => await resolveLocalRemote(url, data) };
});

const UNSAFE = { reason: "UnsafeRepository" };

describe("a path on the operator's machine", () => {
  it("is a repository, bare or with a work tree, also behind a link", async ({ place, repository }) => {
    expect(await place.resolve()).toBe(place.own);
    expect(await place.resolve(`file://${place.own}`)).toBe(place.own);
    expect(await place.resolve(place.own.replace(/\.git$/, ""))).toBe(place.own);
    await mkdir(join(repository.folder, "a work tree"));
    await cp(place.own, join(repository.folder, "a work tree", ".git"), { recursive: true });
    const gitDir = join(repository.folder, "a work tree", ".git");
    expect(await place.resolve(pathToFileURL(join(repository.folder, "a work tree")).href)).toBe(gitDir);
    await symlink(place.own, join(repository.folder, "link"));
    expect(await place.resolve(join(repository.folder, "link"))).toBe(place.own);
  });

  it.for(["/nowhere/at/all.git", "file:///etc", "file:///etc/passwd"])(
    "is no repository: %s",
    async (url, { place }) => {
      await expect(place.resolve(url)).rejects.toMatchObject({ reason: "RepositoryNotFound" });
    },
  );

  it.for(["file://localhost/srv/p.git", "file://srv/p.git", "file:///srv/%00", "file:///srv/%ff", "file:srv"])(
    "is no path: %s",
    async (url, { place }) => {
      await expect(place.resolve(url)).rejects.toMatchObject({ reason: "InvalidURL" });
    },
  );
});

describe("the operator's own data folder", () => {
  it("is not reached by name, by .., by empty parts or by percent escapes", async ({ place }) => {
    const { mirror, data, own } = place;
    const urls = [
      mirror,
      `file://${mirror}`,
      `file:///${mirror}`,
      `file://${mirror}/`,
      `file://${mirror.replaceAll("/", "//")}`,
      `file://${mirror.replaceAll("mirrors", "%6dirrors")}`,
      `file://${mirror.replaceAll("/mirrors", "%2fmirrors")}`,
      `file://${own}/../data/mirrors/0123.git`,
      `file://${own}/%2e%2e/data/mirrors/0123`,
      `file://${data}/./mirrors/0123`,
      data,
      // It says no more about what is not there.
      `file://${data}/mirrors/4567.git`,
    ];
    for (const url of urls) await expect(place.resolve(url), url).rejects.toMatchObject(UNSAFE);
  });

  it("is not reached by a link, also by one that is made later", async ({ place, repository }) => {
    expect(await place.resolve()).toBe(place.own);
    await rename(place.own, join(repository.folder, "away"));
    await symlink(place.mirror, place.own);
    await expect(place.resolve()).rejects.toMatchObject(UNSAFE);
    await rm(place.own);
    await mkdir(place.own);
    await symlink(place.mirror, join(place.own, ".git"));
    await expect(place.resolve()).rejects.toMatchObject(UNSAFE);
  });

  it("is not reached where the setting itself is a link", async ({ place, repository }) => {
    const link = join(repository.folder, "link-to-data");
    await symlink(place.data, link);
    await expect(resolveLocalRemote(place.mirror, link)).rejects.toMatchObject(UNSAFE);
    await expect(resolveLocalRemote(`${link}/mirrors/0123.git`, place.data)).rejects.toMatchObject(UNSAFE);
  });

  it("is not in a repository either", async ({ place }) => {
    await mkdir(join(place.own, "data"));
    await expect(resolveLocalRemote(place.own, join(place.own, "data"))).rejects.toMatchObject(UNSAFE);
  });
});

/** What a tenant does to the own repository so that git reads another one. */
const tricks: Readonly<Record<string, (place: Place, repository: TestRepository) => Promise<void>>> = {
  "alternates with a full path": ({ own, mirror }) => writeAlternates(own, `${mirror}/objects\n`),
  "alternates with a relative path": ({ own }) => writeAlternates(own, "../../data/mirrors/0123.git/objects\n"),
  "alternates in quotes, after a comment": ({ own, mirror }) =>
    writeAlternates(own, `# no path\n\n"${mirror}/objects"\n`),
  "a link to all objects": async ({ own, mirror }) => {
    await rm(join(own, "objects"), { recursive: true });
    await symlink(join(mirror, "objects"), join(own, "objects"));
  },
  "a link to packs": async ({ own, mirror }) => {
    await rm(join(own, "objects", "pack"), { recursive: true });
    await symlink(join(mirror, "objects", "pack"), join(own, "objects", "pack"));
  },
  "a relative link to refs": async ({ own }) => {
    await rm(join(own, "refs", "heads"), { recursive: true });
    await symlink("../../data/mirrors/0123.git/refs/heads", join(own, "refs", "heads"));
  },
  "a link to one object": async ({ own, mirror }) => {
    const folders = (await readdir(join(own, "objects"))).filter((name) => name.length === 2);
    await symlink(join(mirror, "objects", "ab", "cdef"), join(own, "objects", folders[0] ?? "", "0".repeat(38)));
  },
  "a link by way of another link": async ({ own, data }) => {
    await symlink(data, join(own, "here"));
    await symlink("here/mirrors/0123.git/packed-refs", join(own, "packed-refs"));
  },
  "a commondir": ({ own, mirror }) => writeFile(join(own, "commondir"), `${mirror}\n`),
  "a .git file": async ({ own, mirror }, { folder }) => {
    await rename(own, join(folder, "away"));
    await mkdir(own);
    await writeFile(join(own, ".git"), `gitdir: ${mirror}\n`);
  },
  "a repository in the repository": async ({ own, mirror }) => {
    await cp(mirror, join(own, ".git"), { recursive: true });
    await cp(mirror, join(own, ".git", ".git"), { recursive: true });
  },
  "a promisor remote": async (_, repository) => {
    await repository.git("config", "remote.origin.promisor", "true");
  },
  "a partial clone": async (_, repository) => {
    await repository.git("config", "extensions.partialClone", "origin");
  },
  "an included configuration": async ({ mirror }, repository) => {
    await repository.git("config", "include.path", `${mirror}/config`);
  },
  "a configuration that is included under a condition": async ({ mirror }, repository) => {
    await repository.git("config", "includeIf.gitdir:/.path", `${mirror}/config`);
  },
};

async function writeAlternates(own: string, text: string): Promise<void> {
  await mkdir(join(own, "objects", "info"), { recursive: true });
  await writeFile(join(own, "objects", "info", "alternates"), text);
}

describe("a repository on the operator's machine", () => {
  it.for(Object.keys(tricks))("is not read with %s", async (trick, { place, repository }) => {
    await tricks[trick]?.(place, repository);
    await expect(place.resolve()).rejects.toMatchObject(UNSAFE);
  });

  it("names the link that leaves it, without control characters", async ({ place }) => {
    await symlink("/etc", join(place.own, "a\u001b[31m\n"));
    await expect(place.resolve()).rejects.toThrow(/"a\\u001b\[31m\\n" is a link that leaves its folder/);
  });

  it("may have links within, empty alternates, and hooks from elsewhere", async ({ place }) => {
    await symlink("refs/heads/main", join(place.own, "SYMBOLIC"));
    await rm(join(place.own, "hooks"), { recursive: true, force: true });
    await symlink("/etc", join(place.own, "hooks"));
    await writeAlternates(place.own, "# none\n\n");
    expect(await place.resolve()).toBe(place.own);
  });
});

describe("a mirror of a repository on the operator's machine", () => {
  it("looks at it before every command", async ({ place, repository }) => {
    const mirror = await repository.openMirror({ settings: { ...testSettings, dataDir: place.data } });
    const queue = await repository.openQueue({ mirror });
    const before = mirror.refs().size;
    await repository.commitFile("refs/heads/other", "b.yaml", "b\n");
    await writeAlternates(place.own, `${place.mirror}/objects\n`);
    await expect(mirror.fetch()).rejects.toMatchObject(UNSAFE);
    await expect(queue.submit(requestOf(addTo("net")))).rejects.toMatchObject(UNSAFE);
    expect(mirror.refs().size).toBe(before);
    await writeAlternates(place.own, "");
    await queue.submit(requestOf(addTo("web")));
  });

  it("runs no hook of it", async ({ place, repository }) => {
    const marker = join(repository.folder, "ran");
    await mkdir(join(place.own, "hooks"), { recursive: true });
    for (const name of ["pre-receive", "update", "post-receive", "post-update", "reference-transaction"]) {
      await writeFile(join(place.own, "hooks", name), `#!/bin/sh\ntouch ${marker}\nexit 1\n`);
      await chmod(join(place.own, "hooks", name), 0o755);
    }
    const settings = { ...testSettings, dataDir: place.data, runsLocalHooks: false };
    const queue = await repository.openQueue({ mirror: await repository.openMirror({ settings }) });
    await queue.submit(requestOf(addTo("web")));
    expect(await repository.git("ls-tree", "--name-only", "main")).toContain("web");
    expect(await readdir(repository.folder)).not.toContain("ran");
  });
});
