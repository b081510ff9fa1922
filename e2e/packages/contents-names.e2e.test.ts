import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGitReader, type GitReader } from "../testenv/git-reader.ts";
import { createPackages, type Packages } from "../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../testenv/testenv.ts";

let env: TestEnv;
let packages: Packages;
let git: GitReader;

beforeAll(async () => {
  env = await startTestEnv("names");
  packages = await createPackages(env);
  await env.git.createRepository("blue");
  await env.register("blue");
  git = createGitReader(env.git, "blue");
});

afterAll(async () => {
  expect(await packages.listTerminating()).toEqual([]);
  await env.end();
});

const begin = (name: string) =>
  packages.createDraft({ repository: "blue", package: name, workspace: "one" }, { "a.yaml": "a: 1\n" });
const messageOf = async (name: string) =>
  (await packages.get(name)).status?.conditions?.find((one) => one.type === "Ready")?.message;

describe.concurrent("contents: hostile file names", () => {
  const names: readonly (readonly [string, string])[] = [
    ["../x", "has the part .."],
    ["x/../../y", "has the part .."],
    ["./x", "has the part ."],
    ["/etc/x", "begins with /"],
    [".git/hooks/post-receive", "has the part .git, which is Git's own"],
    [".GIT/x", "has the part .GIT, which is Git's own"],
    ["sub/.git", "has the part .git, which is Git's own"],
    [".g\u200cit/config", "which is Git's own"],
    [".git./x", "which is Git's own"],
    ["git~1/x", "has the part git~1, which is Git's own"],
    [".git::$INDEX_ALLOCATION/x", "which is Git's own"],
    ["a\\..\\b", "has a backslash in it"],
    ["a//b", "has an empty part"],
    ["a/", "has an empty part"],
    ["x\u0000y", "has control characters in it"],
    ["x\ny", "has control characters in it"],
    ["", "is empty"],
    [".gitmodules", "submodules are not supported"],
    ["a.yaml/b", "is a file, and a.yaml/ a folder"],
    ["A.yaml", "differs only by case from"],
    [`${"é".repeat(128)}/x`, "has a part that is longer than 255 bytes"],
    ["y".repeat(1025), "is longer than 1024 characters"],
  ];

  it.each(names.map(([path, problem], index) => ({ path, problem, index, label: JSON.stringify(path) })))(
    "$label refuses the whole object, naming the key, with no write to Git; mending it works",
    async ({ path, problem, index }) => {
      const name = await begin(`hostile-${index}`);
      const branch = `refs/heads/hostile-${index}/one`;
      const before = await git("rev-parse", branch);
      const { generation = 0 } = (await packages.edit(name, { [path]: "x: 1\n", "good.yaml": "n: 1\n" })).metadata;
      await packages.waitForReason(name, "InvalidPath");
      const message = await messageOf(name);
      expect(message).toContain(problem);
      // Where two names clash, either may be the one that is named first.
      expect(message).toContain(/^a\.yaml/i.test(path) ? path.slice(0, 6) : JSON.stringify(path));
      const refused = await packages.contents(name);
      expect(refused.status?.observedGeneration).toBeLessThan(generation);
      expect(refused.status?.error).toBe(message);
      expect(refused.spec.resources?.[path]).toBe("x: 1\n");
      expect(await git("rev-parse", branch)).toBe(before);

      await packages.save(name, { [path]: null });
      await packages.waitForReason(name, "Draft");
      expect((await packages.contents(name)).status?.error).toBeUndefined();
      expect(await git.files(branch, `hostile-${index}`)).toEqual({ "a.yaml": "a: 1\n", "good.yaml": "n: 1\n" });
    },
  );

  it("what is no base64 is refused in the same way", async () => {
    const name = await begin("base64");
    const spec = { binaryResources: { "x.bin": "not base64!" } };
    await packages.request("alice", "merge", `packagerevisionresourceses/${name}`, { spec });
    await packages.waitForReason(name, "InvalidContent");
    expect(await messageOf(name)).toBe('"x.bin" on page 1 is not valid base64');
    expect(await git.files("base64/one", "base64")).toEqual({ "a.yaml": "a: 1\n" });
  });

  it("block a proposal too, which goes on when they are mended", async () => {
    const name = await begin("proposed");
    await packages.edit(name, { "../x": "x: 1\n" });
    await packages.setLifecycle(name, "proposed");
    const waiting = await packages.waitFor(name, "waits", ({ status }) => status?.waitingFor?.[0] === "InvalidPath");
    expect(waiting.status?.lifecycle).toBe("draft");
    expect(await git.files("proposed/one", "proposed")).toEqual({ "a.yaml": "a: 1\n" });
    await packages.edit(name, { "../x": null });
    expect((await packages.waitForReason(name, "Proposed")).status?.waitingFor).toBeUndefined();
  });

  it("the one bad package stops no other one", async () => {
    const bad = await begin("bad");
    await packages.edit(bad, { ".git/config": "x\n" });
    await packages.waitForReason(bad, "InvalidPath");
    await packages.createPublished({ repository: "blue", package: "fine", workspace: "one" }, { "a.yaml": "a: 1\n" });
  });
});

describe.concurrent("contents: unusual file names", () => {
  const unusual = [
    ...["__proto__", "constructor", "toString", "hasOwnProperty", "sub/__proto__/x"],
    ...["-x", "--upload-pack=touch x", "+main", "a b", " lead", "trail ", '"quoted"', "it's", "*", "?", "[x]"],
    ...[
      "é.yaml",
      "日本語.yaml",
      "emoji-🎉",
      "tab-less",
      "a.lock",
      "@{1}",
      "x:y",
      "$(id)",
      "%2e%2e",
      ".gitignore",
      ".gitattributes",
    ],
  ];

  it("are kept byte for byte, from the API to Git and back into the next draft", async () => {
    const files = Object.fromEntries(unusual.map((path) => [path, `name: ${JSON.stringify(path)}\n`]));
    const id = { repository: "blue", package: "unusual", workspace: "one" };
    const published = await packages.createPublished(id, files);
    expect(published.status?.files).toBe(unusual.length);
    const inGit = (await git("ls-tree", "-r", "-z", "--name-only", "main:unusual")).split("\0").slice(0, -1);
    expect(inGit.sort()).toEqual([...unusual].sort());
    for (const path of ["__proto__", "sub/__proto__/x", "-x", '"quoted"', "日本語.yaml"]) {
      expect(await git("show", `main:unusual/${path}`)).toBe(files[path]?.trimEnd());
    }
    const next = await packages.createDraft({ ...id, workspace: "two" });
    const shown = (await packages.contents(next)).spec.resources ?? {};
    expect(Object.entries(shown).sort()).toEqual(Object.entries(files).sort());
    await packages.save(next, Object.fromEntries([["__proto__", null]]));
    const left = (await git("ls-tree", "-r", "-z", "--name-only", "unusual/two:unusual")).split("\0").slice(0, -1);
    expect(left.sort()).toEqual(unusual.filter((path) => path !== "__proto__").sort());
  });
});
