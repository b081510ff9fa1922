import { describe, expect } from "vitest";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader, type GitReader } from "../testenv/git-reader.ts";
import type { Packages } from "../testenv/packages.ts";

/** 2,000 files, 3 MiB in total. */
const BIG = Object.fromEntries(
  Array.from({ length: 2000 }, (_, index) => {
    const path = `dir-${index % 20}/file-${String(index).padStart(4, "0")}.yaml`;
    return [path, `name: ${path}\ntext: ${"x".repeat(1500)}\n`];
  }),
);
const ID = { repository: "blue", package: "big", workspace: "one" } as const;
const PAGE_LIMIT = 512 * 1024;

const it = testWithEnv("pages").extend("git", { scope: "file" }, async ({ env }) => createGitReader(env.git, "blue"));

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("blue");
  const files = Object.fromEntries(Object.entries(BIG).map(([path, text]) => [`big/${path}`, text]));
  await pushExternally(env.git, "blue", { files, tags: ["big/v1"] });
  await env.register("blue");
});

const filesOf = (pages: readonly PackageRevisionResources[]) =>
  Object.assign({}, ...pages.map((page) => page.spec.resources ?? {})) as Record<string, string>;
const readTree = async (git: GitReader, tree: string) => (await git("ls-tree", "-r", tree)).split("\n");

/** A draft of the big package, with a workspace of its own. */
async function createBigDraft(packages: Packages, workspace: string): Promise<{ draft: string; branch: string }> {
  return { draft: await packages.createDraft({ ...ID, workspace }), branch: `big/${workspace}` };
}

describe("contents: pages", () => {
  it.for(["catalog.blue.big.v1", "catalog.blue.big.one"])(
    "of %s hold each file once, and are filled to 512 KiB",
    async (name, { packages }) => {
      if (name.endsWith(".one")) await packages.createDraft(ID);
      else await packages.waitForReason(name, "Published");
      const pages = await packages.contentsPages(name);
      expect(pages.length).toBeGreaterThan(5);
      expect(Object.keys(filesOf(pages)).sort()).toEqual(Object.keys(BIG).sort());
      if (name.endsWith(".v1")) expect(filesOf(pages)).toEqual(BIG);
      const sizes = pages.map((page) => JSON.stringify(page.spec).length);
      expect(sizes.filter((size) => size > PAGE_LIMIT + 64)).toEqual([]);
      expect(sizes.slice(0, -1).filter((size) => size < PAGE_LIMIT - 4096)).toEqual([]);
      const paths = pages.flatMap((page) => Object.keys(page.spec.resources ?? {}));
      expect(paths).toHaveLength(2000);
    },
  );

  it("are edited one by one: unchanged files stay in Git and on their page", async ({ packages, git }) => {
    const { draft, branch } = await createBigDraft(packages, "edited");
    const start = await git("rev-parse", branch);
    const before = await packages.contentsPages(draft);
    const [edited = "", removed = ""] = Object.keys(before[1]?.spec.resources ?? {});
    await packages.save(`${draft}.page-2`, {
      [edited]: "edited: true\n",
      [removed]: null,
      "new/on-page-2.yaml": "new: true\n",
    });
    const { [removed]: _gone, ...kept } = filesOf(before);
    const expected = { ...kept, [edited]: "edited: true\n", "new/on-page-2.yaml": "new: true\n" };
    expect(await git.count(`${start}..${branch}`)).toBe(1);
    expect((await git("diff", "--name-status", start, branch)).split("\n").sort()).toEqual(
      [`D\tbig/${removed}`, `M\tbig/${edited}`, "A\tbig/new/on-page-2.yaml"].sort(),
    );
    // Pages without a change are not written, except page 1, whose status covers all pages and is written last.
    const head = await git("rev-parse", branch);
    await waitUntil("page 1 has the commit", async () => (await packages.contents(draft)).status?.commit === head);
    const after = await packages.contentsPages(draft);
    expect(filesOf(after)).toEqual(expected);
    for (const [index, page] of after.entries()) {
      if (index === 1) continue;
      expect(page.metadata.generation).toBe(before[index]?.metadata.generation);
      expect(page.spec).toEqual(before[index]?.spec);
    }
    expect(after[1]?.status?.commit).toBe(head);
    expect(after.slice(2).map((page) => page.metadata.resourceVersion)).toEqual(
      before.slice(2).map((page) => page.metadata.resourceVersion),
    );
  });

  it("are replaced one by one: a file that is left out of its page is deleted", async ({ packages, git }) => {
    const { draft, branch } = await createBigDraft(packages, "replaced");
    const third = await packages.contents(`${draft}.page-3`);
    const [kept = "", ...removed] = Object.keys(third.spec.resources ?? {});
    const before = await git.count(branch);
    await packages.replace({ ...third, spec: { resources: { [kept]: "kept: true\n" } } });
    await packages.waitForAcknowledgement(third.metadata.name);
    expect(await git.count(branch)).toBe(before + 1);
    const listed = await git("ls-tree", "-r", "--name-only", `${branch}:big`);
    expect(listed.split("\n")).toHaveLength(2000 - removed.length);
    expect(await git("show", `${branch}:big/${kept}`)).toBe("kept: true");
  });

  it("with different contents for one path are DuplicatePath: no commit, and both stay until one is corrected", async ({
    packages,
    git,
  }) => {
    const { draft, branch } = await createBigDraft(packages, "duplicate");
    const before = await git("rev-parse", branch);
    await packages.edit(draft, { "twice.yaml": "page: 1\n" });
    await packages.waitForAcknowledgement(draft);
    const once = await git("rev-parse", branch);
    expect(once).not.toBe(before);
    await packages.edit(`${draft}.page-2`, { "twice.yaml": "page: 2\n" });
    const refused = await packages.waitForReason(draft, "DuplicatePath");
    expect(refused.status?.conditions?.find(({ type }) => type === "Ready")?.message).toBe(
      '"twice.yaml" on page 2 is also on page 1, with different contents',
    );
    expect(await git("rev-parse", branch)).toBe(once);
    await packages.edit(draft, { "twice.yaml": null });
    await packages.waitForAcknowledgement(draft);
    await packages.waitForAcknowledgement(`${draft}.page-2`);
    expect(await git("show", `${branch}:big/twice.yaml`)).toBe("page: 2");
  });

  it("are all frozen by a proposal, and published together", async ({ packages, git }) => {
    const { draft } = await createBigDraft(packages, "published");
    const [edited = ""] = Object.keys((await packages.contents(`${draft}.page-3`)).spec.resources ?? {});
    await packages.save(`${draft}.page-3`, { [edited]: "published: true\n" });
    const proposed = filesOf(await packages.contentsPages(draft));
    await packages.propose(draft);
    for (const page of ["", ".page-2", ".page-4"]) {
      await expect(packages.edit(`${draft}${page}`, { "late.yaml": "x\n" })).rejects.toThrow("the contents are frozen");
    }
    const { status } = await packages.publish(draft);
    expect(await readTree(git, "main:big")).toEqual(await readTree(git, `big/${status?.revision}:big`));
    const listed = (await git("ls-tree", "-r", "--name-only", "main:big")).split("\n");
    expect(listed).toEqual(Object.keys(proposed).sort());
    expect(filesOf(await packages.contentsPages(draft))).toEqual(proposed);
  });

  it("are all deleted with their package revision", async ({ packages }) => {
    const { draft } = await createBigDraft(packages, "short-lived");
    await packages.delete(draft);
    await packages.waitUntilGone(draft);
  });
});

describe("contents: a file too large for any page", () => {
  it("stays in Git, is listed in status, and survives edits and publishing", async ({ env, packages, git }) => {
    const large = `${"0123456789abcdef".repeat(128 * 1024)}\n`;
    await pushExternally(env.git, "blue", {
      files: { "large/model.bin": large, "large/a.yaml": "a: 1\n" },
      tags: ["large/v1"],
    });
    await env.sync("blue");
    await packages.waitForReason("catalog.blue.large.v1", "Published");
    const name = await packages.createDraft({ repository: "blue", package: "large", workspace: "one" });
    const { spec, status } = await packages.contents(name);
    expect(spec.resources).toEqual({ "a.yaml": "a: 1\n" });
    const object = await git("rev-parse", "main:large/model.bin");
    expect(status).toMatchObject({
      filesNotShownCount: 1,
      filesNotShown: [{ path: "model.bin", reason: "TooLarge", object, size: large.length }],
    });
    await packages.replace({ ...(await packages.contents(name)), spec: { resources: { "b.yaml": "b: 1\n" } } });
    await packages.waitForAcknowledgement(name);
    await packages.edit(name, { "model.bin": "small\n" });
    await packages.waitForReason(name, "InvalidPath");
    await packages.save(name, { "model.bin": null });
    const published = await packages.publish(name);
    expect(published.status?.files).toBe(2);
    expect(await git("ls-tree", "--name-only", "main:large")).toBe("b.yaml\nmodel.bin");
    expect(await git("rev-parse", "main:large/model.bin")).toBe(object);
  });
});
