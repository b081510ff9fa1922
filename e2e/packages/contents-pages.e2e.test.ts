import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { createGitReader, type GitReader } from "../testenv/git-reader.ts";
import { createPackages, type Packages } from "../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../testenv/testenv.ts";

let env: TestEnv;
let packages: Packages;
let git: GitReader;

/** 2,000 files, 3 MiB in total. */
const BIG = Object.fromEntries(
  Array.from({ length: 2000 }, (_, index) => {
    const path = `dir-${index % 20}/file-${String(index).padStart(4, "0")}.yaml`;
    return [path, `name: ${path}\ntext: ${"x".repeat(1500)}\n`];
  }),
);
const ID = { repository: "blue", package: "big", workspace: "one" } as const;
const PAGE_LIMIT = 512 * 1024;

beforeAll(async () => {
  env = await startTestEnv("pages");
  packages = await createPackages(env);
  await env.git.createRepository("blue");
  const files = Object.fromEntries(Object.entries(BIG).map(([path, text]) => [`big/${path}`, text]));
  await pushExternally(env.git, "blue", { files, tags: ["big/v1"] });
  await env.register("blue");
  git = createGitReader(env.git, "blue");
});

afterAll(async () => {
  expect(await packages.listTerminating()).toEqual([]);
  await env.end();
});

const filesOf = (pages: readonly PackageRevisionResources[]) =>
  Object.assign({}, ...pages.map((page) => page.spec.resources ?? {})) as Record<string, string>;
const blobs = async (tree: string) => (await git("ls-tree", "-r", tree)).split("\n");

describe("contents: pages", () => {
  let draft: string;

  it("hold a big package, each file on one of them, filled to 512 KiB", async () => {
    for (const name of [`catalog.blue.big.v1`, nameOfDraft()]) {
      if (name === nameOfDraft()) await packages.createDraft(ID);
      else await packages.waitForReason(name, "Published");
      const pages = await packages.contentsPages(name);
      expect(pages.length).toBeGreaterThan(5);
      expect(filesOf(pages)).toEqual(BIG);
      const sizes = pages.map((page) => JSON.stringify(page.spec).length);
      expect(sizes.filter((size) => size > PAGE_LIMIT + 64)).toEqual([]);
      expect(sizes.slice(0, -1).filter((size) => size < PAGE_LIMIT - 4096)).toEqual([]);
      const paths = pages.flatMap((page) => Object.keys(page.spec.resources ?? {}));
      expect(paths).toHaveLength(2000);
    }
    draft = nameOfDraft();
  });

  const nameOfDraft = () => "catalog.blue.big.one";

  it("are edited each for itself: what was not touched stays in Git and on its page", async () => {
    const second = `${draft}.page-2`;
    const before = await packages.contentsPages(draft);
    const [edited = "", removed = ""] = Object.keys(before[1]?.spec.resources ?? {});
    await packages.save(second, { [edited]: "edited: true\n", [removed]: null, "new/on-page-2.yaml": "new: true\n" });
    const { [removed]: _gone, ...kept } = BIG;
    const expected = { ...kept, [edited]: "edited: true\n", "new/on-page-2.yaml": "new: true\n" };
    expect(await git.count("big/v1..big/one")).toBe(2);
    expect((await git("diff", "--name-status", "big/v1", "big/one")).split("\n").sort()).toEqual(
      [`D\tbig/${removed}`, `M\tbig/${edited}`, "A\tbig/new/on-page-2.yaml"].sort(),
    );
    // What was not touched is written nothing of, but for page 1, which speaks for all of them, last.
    const head = await git("rev-parse", "big/one");
    await waitUntil("page 1 says so too", async () => (await packages.contents(draft)).status?.commit === head);
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

  it("are replaced each for itself: a file that is left out is deleted", async () => {
    const third = await packages.contents(`${draft}.page-3`);
    const [kept = "", ...removed] = Object.keys(third.spec.resources ?? {});
    const before = await git.count("big/one");
    await packages.replace({ ...third, spec: { resources: { [kept]: "kept: true\n" } } });
    await packages.waitForAcknowledgement(third.metadata.name);
    expect(await git.count("big/one")).toBe(before + 1);
    const listed = await git("ls-tree", "-r", "--name-only", "big/one:big");
    expect(listed.split("\n")).toHaveLength(2000 - removed.length);
    expect(await git("show", `big/one:big/${kept}`)).toBe("kept: true");
  });

  it("with the same path twice, and other bytes, are DuplicatePath: no commit, and both are kept until one is mended", async () => {
    const before = await git("rev-parse", "big/one");
    await packages.edit(draft, { "twice.yaml": "page: 1\n" });
    await packages.waitForAcknowledgement(draft);
    const once = await git("rev-parse", "big/one");
    expect(once).not.toBe(before);
    await packages.edit(`${draft}.page-2`, { "twice.yaml": "page: 2\n" });
    const refused = await packages.waitForReason(draft, "DuplicatePath");
    expect(refused.status?.conditions?.find(({ type }) => type === "Ready")?.message).toBe(
      '"twice.yaml" on page 2 is on page 1 too, with other contents',
    );
    expect(await git("rev-parse", "big/one")).toBe(once);
    await packages.edit(draft, { "twice.yaml": null });
    await packages.waitForAcknowledgement(draft);
    await packages.waitForAcknowledgement(`${draft}.page-2`);
    expect(await git("show", "big/one:big/twice.yaml")).toBe("page: 2");
  });

  it("freeze together, and publish whole", async () => {
    const held = filesOf(await packages.contentsPages(draft));
    await packages.propose(draft);
    for (const page of ["", ".page-2", ".page-4"]) {
      await expect(packages.edit(`${draft}${page}`, { "late.yaml": "x\n" })).rejects.toThrow("the contents are frozen");
    }
    await packages.publish(draft);
    expect(await blobs("main:big")).toEqual(await blobs("big/v2:big"));
    const listed = (await git("ls-tree", "-r", "--name-only", "main:big")).split("\n");
    expect(listed).toEqual(Object.keys(held).sort());
    expect(filesOf(await packages.contentsPages(draft))).toEqual(held);
  });

  it("all go with their package revision", async () => {
    const name = await packages.createDraft({ ...ID, workspace: "short-lived" });
    await packages.delete(name);
    await packages.waitUntilGone(name);
  });
});

describe("contents: a file too large for any page", () => {
  it("stays in Git, is listed, and survives edits and publishing", async () => {
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
