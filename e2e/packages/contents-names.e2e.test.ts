import { describe, expect } from "vitest";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import type { Packages } from "../testenv/packages.ts";

const it = testWithEnv("names").extend("git", { scope: "file" }, async ({ env }) => createGitReader(env.git, "blue"));

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("blue");
  await env.register("blue");
});

const createDraft = (packages: Packages, name: string) =>
  packages.createDraft({ repository: "blue", package: name, workspace: "one" }, { "a.yaml": "a: 1\n" });
const readMessage = async (packages: Packages, name: string) =>
  (await packages.get(name)).status?.conditions?.find((one) => one.type === "Ready")?.message;

describe.concurrent("contents: invalid file names", () => {
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

  it.for(names.map(([path, problem], index) => ({ path, problem, index, label: JSON.stringify(path) })))(
    "$label: the whole object is refused with the name, nothing is written to Git, and a correction is accepted",
    async ({ path, problem, index }, { packages, git }) => {
      const name = await createDraft(packages, `hostile-${index}`);
      const branch = `refs/heads/hostile-${index}/one`;
      const before = await git("rev-parse", branch);
      const { generation = 0 } = (await packages.edit(name, { [path]: "x: 1\n", "good.yaml": "n: 1\n" })).metadata;
      await packages.waitForReason(name, "InvalidPath");
      const message = await readMessage(packages, name);
      expect(message).toContain(problem);
      // Where two names conflict, the message begins with either of them.
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

  it("invalid base64 is refused with the name of its file", async ({ packages, git }) => {
    const name = await createDraft(packages, "base64");
    const spec = { binaryResources: { "x.bin": "not base64!" } };
    await packages.request("alice", "merge", `packagerevisionresourceses/${name}`, { spec });
    await packages.waitForReason(name, "InvalidContent");
    expect(await readMessage(packages, name)).toBe('"x.bin" on page 1 is not valid base64');
    expect(await git.files("base64/one", "base64")).toEqual({ "a.yaml": "a: 1\n" });
  });

  it("block a proposal until they are corrected", async ({ packages, git }) => {
    const name = await createDraft(packages, "proposed");
    await packages.edit(name, { "../x": "x: 1\n" });
    await packages.setLifecycle(name, "proposed");
    const waiting = await packages.waitFor(
      name,
      "waits for a valid path",
      ({ status }) => status?.waitingFor?.[0] === "InvalidPath",
    );
    expect(waiting.status?.lifecycle).toBe("draft");
    expect(await git.files("proposed/one", "proposed")).toEqual({ "a.yaml": "a: 1\n" });
    await packages.edit(name, { "../x": null });
    expect((await packages.waitForReason(name, "Proposed")).status?.waitingFor).toBeUndefined();
  });

  it("of one package do not block another package", async ({ packages }) => {
    const bad = await createDraft(packages, "bad");
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

  it("are kept byte for byte from the API to Git, and from Git into the next draft", async ({ packages, git }) => {
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
    const remaining = (await git("ls-tree", "-r", "-z", "--name-only", "unusual/two:unusual")).split("\0").slice(0, -1);
    expect(remaining.sort()).toEqual(unusual.filter((path) => path !== "__proto__").sort());
  });
});
