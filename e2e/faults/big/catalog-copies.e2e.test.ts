import { describe, expect } from "vitest";
import { parseRef } from "../../../src/core/identity/refs.ts";
import { latestRevision } from "../../../src/core/identity/revision.ts";
import { pushExternally } from "../../testenv/external-push.ts";
import { testWithEnv } from "../../testenv/fixtures.ts";
import { createGitReader, type GitReader } from "../../testenv/git-reader.ts";
import type { PackageID } from "../../testenv/packages.ts";
import { freeLikeCatalog, nestedCatalog, type SampleCatalog } from "../../testenv/sample-catalogs.ts";
import type { TestEnv } from "../../testenv/testenv.ts";

const it = testWithEnv("copies");

const ADDED = "published-by-test.yaml";

/** Registers a copy of a catalog. `folders`: those with revisions; `tags`: every ref but main, with its object. */
async function copy(
  env: TestEnv,
  name: string,
  catalog: SampleCatalog,
): Promise<{ git: GitReader; folders: readonly string[]; tags: ReadonlyMap<string, string> }> {
  await env.git.createRepository(name);
  await pushExternally(env.git, name, ...catalog.pushes);
  await env.register(name);
  const git = createGitReader(env.git, name);
  const revisions = (await env.revisions()).filter(({ spec }) => spec.packageRevID.repository === name);
  const folders = revisions.map(({ spec }) =>
    [spec.packageRevID.realm, spec.packageRevID.package].filter((part) => part !== undefined).join("/"),
  );
  const tags = await refsOf(git);
  return { git, folders: [...new Set(folders)].sort(), tags };
}

/** Every ref but main with its object. */
async function refsOf(git: GitReader): Promise<ReadonlyMap<string, string>> {
  const lines = (await git("for-each-ref", "--format=%(refname) %(objectname)")).split("\n");
  const pairs = lines.map((line) => line.split(" ") as [string, string]);
  return new Map(pairs.filter(([ref]) => ref !== "refs/heads/main"));
}

/** Path → mode and blob of every file at a revision. */
async function treeOf(git: GitReader, revision: string): Promise<ReadonlyMap<string, string>> {
  const lines = (await git("ls-tree", "-r", "-z", revision)).split("\0").filter((line) => line !== "");
  return new Map(lines.map((line) => line.split("\t").reverse() as [string, string]));
}

/** The folder of the innermost package with this file. */
function ownerOf(path: string, folders: readonly string[]): string | undefined {
  return folders.filter((folder) => path.startsWith(`${folder}/`)).sort((a, b) => b.length - a.length)[0];
}

function idOf(repository: string, folder: string): PackageID {
  const parts = folder.split("/");
  const realm = parts.slice(0, -1).join("/");
  return {
    repository,
    ...(realm !== "" && { realm }),
    package: parts.at(-1) ?? "",
    workspace: "released-by-us",
  };
}

describe("new revisions in copies of real catalogs", () => {
  it.for([
    ["nested", nestedCatalog],
    ["flat", freeLikeCatalog],
  ] as const)(
    "%s: each changes its own package, and no file, tag or branch of another package",
    async ([name, catalog], { env, packages }) => {
      const { git, folders, tags } = await copy(env, name, catalog);
      const before = await treeOf(git, "main");
      const first = await git("rev-parse", "main");
      // Folders without a revision belong to no package, and must not change.
      await Promise.all(
        folders.map(async (folder) => {
          const id = idOf(name, folder);
          const upstream = { repository: name, ...(id.realm && { realm: id.realm }), package: id.package };
          // main is ahead of some packages: their external commits are released too.
          const spec = { tasks: [{ type: "clone" }], upstream: { ...upstream, revision: "main" } };
          const draft = await packages.createDraft(id, undefined, { spec });
          await packages.save(draft, { [ADDED]: `# of ${folder}\n` });
          await packages.publish(draft);
        }),
      );
      const after = await treeOf(git, "main");
      const added = folders.map((folder) => `${folder}/${ADDED}`);
      expect([...after.keys()].sort()).toEqual([...before.keys(), ...added].sort());
      for (const [path, blob] of before) expect([path, after.get(path)]).toEqual([path, blob]);

      // Each commit on main is one publication, and changes one package.
      const commits = (await git("rev-list", "--reverse", `${first}..main`)).split("\n");
      const touched = await Promise.all(
        commits.map(async (commit) => {
          const paths = (await git("diff-tree", "-r", "-z", "--name-only", `${commit}^`, commit)).split("\0");
          const owners = paths.flatMap((path) => (path === "" ? [] : [ownerOf(path, folders)]));
          return { owners: [...new Set(owners)], path: (await git.trailers(commit))["Package-Path"] };
        }),
      );
      expect(touched.map(({ owners }) => owners)).toEqual(touched.map(({ path }) => [path]));
      expect(touched.map(({ path }) => path).sort()).toEqual(folders);

      // Existing tags are unchanged. Each package has one more, whose files are those of main.
      const now = await refsOf(git);
      for (const [ref, oid] of tags) expect([ref, now.get(ref)]).toEqual([ref, oid]);
      for (const folder of folders) {
        const revisions = [...now.keys()].flatMap((ref) => {
          const parsed = parseRef(ref);
          return parsed.kind === "tag" && parsed.folder === folder ? [parsed.leaf] : [];
        });
        const latest = latestRevision(revisions);
        const tagged = await treeOf(git, `${folder}/${latest}:${folder}`);
        const own = [...after].filter(([path]) => ownerOf(path, folders) === folder);
        expect(tagged.get(ADDED)).toBe(after.get(`${folder}/${ADDED}`));
        for (const [path, blob] of own) {
          expect([path, tagged.get(path.slice(folder.length + 1))]).toEqual([path, blob]);
        }
      }
      expect(now.size).toBe(tags.size + folders.length);
    },
  );
});
