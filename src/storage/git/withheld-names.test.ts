import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { WITHHELD_NAME } from "./error-text.ts";
import type { Mirror } from "./mirror/mirror.ts";
import { readPackage } from "./package-store/package-files.ts";
import { it as base, MAIN } from "./testing/fixtures.ts";
import { openStore } from "./testing/open-store.ts";

// What a remote that knows the password can put it into.

const password = "Hq7xW2vB9nKd4mTz";
const credentials = { kind: "basic", username: "ann", password } as const;
const reversed = [...password].reverse().join("");
const FORMS = {
  "as it is": password,
  "in other case": password.toUpperCase(),
  reversed,
  "in hexadecimal": Buffer.from(password).toString("hex"),
  "in base64": Buffer.from(password).toString("base64url"),
  "in base64, with the user": Buffer.from(`ann:${password}!`).toString("base64url"),
  "in two parts": `${password.slice(0, 7)}/${password.slice(7)}`,
};

const it = base
  .extend("remote", async ({ repository, serve }) => {
    await repository.commitFile(MAIN, "web/a.yaml", "a: 1");
    const authorization = `Basic ${Buffer.from(`ann:${password}`).toString("base64")}`;
    const { url } = await serve({ authorization });
    return { url: `${url}/remote.git`, credentials };
  })
  .extend("open", ({ repository, remote }) => async (): Promise<Mirror> => {
    const mirror = await repository.openMirror({ remote });
    await mirror.fetch();
    return mirror;
  });

describe("a name with the password", () => {
  it.for(Object.entries(FORMS))("is that of no branch or tag: %s", async ([, form], { repository, open }) => {
    await repository.git("tag", `web/x-${form}/v1`, MAIN);
    await repository.git("update-ref", `refs/heads/web/${form}-x`, MAIN);
    await repository.git("tag", "web/v1", MAIN);
    const mirror = await open();
    expect([...mirror.refs().keys()].sort()).toEqual([MAIN, "refs/tags/web/v1"]);
    expect([...mirror.refusedRefs().values()].map(({ ref, reason, message }) => [ref, reason, message]).sort()).toEqual(
      [
        [`refs/heads/${WITHHELD_NAME} 1`, "UnusableName", expect.stringContaining("resembles the credentials")],
        [`refs/tags/${WITHHELD_NAME} 2`, "UnusableName", expect.stringContaining("resembles the credentials")],
      ],
    );
    expect(await repository.git("for-each-ref", "--format=%(refname)")).toContain(form);
  });

  it("is that of no branch that is pushed later, beside those that are known", async ({ repository, open }) => {
    await repository.git("tag", "web/v1", MAIN);
    const mirror = await open();
    await repository.git("tag", "web/v2", MAIN);
    await repository.git("update-ref", `refs/heads/web/${reversed}`, MAIN);
    await mirror.fetch();
    expect([...mirror.refs().keys()].sort()).toEqual([MAIN, "refs/tags/web/v1", "refs/tags/web/v2"]);
    expect([...mirror.refusedRefs().keys()]).toEqual([`refs/heads/${WITHHELD_NAME} 1`]);
    expect(await mirror.fetch()).toEqual([]);
  });

  it.for(Object.entries(FORMS))("is that of no file that is read: %s", async ([, form], { repository, open }) => {
    await repository.commitFile(MAIN, `web/x-${form}.yaml`, "a: 1");
    const mirror = await open();
    const tree = await mirror.reader.treeAt(mirror.refs().get(MAIN)?.commit ?? "", "web");
    const reading = readPackage(mirror.reader, tree, "web", []);
    await expect(reading).rejects.toMatchObject({ reason: "UnusableName", retryable: false });
    const error: unknown = await reading.catch((one: unknown) => one);
    expect(`${error}`).not.toContain(form);
  });

  it("is the target of no link that is read", async ({ repository, open }) => {
    const target = join(repository.folder, "target");
    await writeFile(target, `../${reversed}`);
    const link = await repository.git("hash-object", "-w", target);
    await repository.git("read-tree", MAIN);
    await repository.git("update-index", "--add", "--cacheinfo", `120000,${link},web/link`);
    const tree = await repository.git("write-tree");
    const commit = await repository.git("commit-tree", tree, "-m", "x");
    await repository.git("update-ref", MAIN, commit);
    const mirror = await open();
    const folder = await mirror.reader.treeAt(commit, "web");
    await expect(readPackage(mirror.reader, folder, "web", [])).rejects.toMatchObject({ reason: "UnusableName" });
  });

  it("is that of no author of a change, in whatever part", async ({ repository, open }) => {
    const tree = await repository.git("rev-parse", `${MAIN}^{tree}`);
    const author = `${password.slice(2, 12)} <a@example.com> 1700000000 +0000`;
    const file = join(repository.folder, "commit");
    await writeFile(file, `tree ${tree}\nauthor ${author}\ncommitter ${author}\n\nx\n`);
    const commit = await repository.git("hash-object", "-t", "commit", "-w", file);
    await repository.git("update-ref", MAIN, commit);
    const mirror = await open();
    const [change] = await mirror.history.changesOf(commit, "web", [], 1);
    expect(change).toEqual({ commit, author: WITHHELD_NAME });
  });

  it("is not shown among skipped refs where it is a part of one", async ({ repository, open }) => {
    await repository.git("tag", `odd-${password.slice(3, 13)}`, MAIN);
    await repository.git("tag", "odd-other", MAIN);
    const mirror = await open();
    const { store } = await openStore(repository, { mirror });
    expect(store.summarize().skipped).toEqual([
      { ref: "refs/tags/odd-other", reason: "NotARevision", message: expect.stringContaining("odd-other") },
      {
        ref: `refs/tags/${WITHHELD_NAME}`,
        reason: "NotARevision",
        message: "the name is not shown, because it resembles the credentials that the server was sent",
      },
    ]);
  });

  it("does not keep names out that share some letters with it", async ({ repository, open }) => {
    const names = ["web/hq7x/v1", "web/nkd4mt/v1", "web/2024-01-15/v1", `web/${"0123456789abcdef".repeat(2)}/v1`];
    for (const name of names) await repository.git("tag", name, MAIN);
    const mirror = await open();
    expect(mirror.refusedRefs().size).toBe(0);
    expect(mirror.refs().size).toBe(names.length + 1);
  });
});
