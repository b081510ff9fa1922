import { describe, expect } from "vitest";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { createRawObjects, type RawTreeEntry } from "../testenv/raw-objects.ts";

const it = testWithEnv("disguised");

describe("a user who may push objects that git itself would not write", () => {
  it("shows no file that git takes for a submodule or a link", async ({ env, packages }) => {
    await env.git.createRepository("modes", { seed: { "web/a.yaml": "a: 1\n" } });
    await env.git.git("modes", "tag", "web/v1", "main");
    await env.register("modes");
    const draft = await packages.createDraft({ repository: "modes", package: "web", workspace: "two" });
    const raw = createRawObjects(env.git, "modes");
    const git = createGitReader(env.git, "modes");
    const text = await raw.object("blob", "kind: NetworkPolicy\n");
    const target = await raw.object("blob", "/etc/passwd");
    const entries: readonly RawTreeEntry[] = [
      ["20644", "module.yaml", text],
      ["644", "none.yaml", text],
      [`1${"0".repeat(24)}120000`, "passwd.yaml", target],
      ["100664", "shown.yaml", text],
    ];
    const parent = (await git("rev-parse", "web/two")).trim();
    const commit = await raw.commit(await raw.folders("web", ...entries), { parent });
    await raw.refs({ "refs/heads/web/two": commit });
    expect(await git("ls-tree", "--format=%(objectmode) %(path)", `${commit}:web`)).toBe(
      "160000 module.yaml\n160000 none.yaml\n120000 passwd.yaml\n100644 shown.yaml",
    );
    await env.sync("modes");
    await packages.waitFor(draft, "shows the pushed commit", ({ status }) => status?.commit === commit);
    const { spec, status } = await packages.contents(draft);
    expect(Object.keys(spec.resources ?? {})).toEqual(["shown.yaml"]);
    expect(status?.filesNotShown?.map(({ path }) => path).sort()).toEqual(["module.yaml", "none.yaml", "passwd.yaml"]);
    await packages.setLifecycle(draft, "proposed");
    await packages.waitForReason(draft, "LinkLeavesRepository");
  });
});
