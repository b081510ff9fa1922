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

  it("renames no file behind the approval, whatever the bytes of its name are", async ({ env, packages }) => {
    await env.git.createRepository("bytes", { seed: { "web/a.yaml": "a: 1\n" } });
    await env.git.git("bytes", "tag", "web/v1", "main");
    await env.register("bytes");
    const draft = await packages.createDraft({ repository: "bytes", package: "web", workspace: "two" });
    const raw = createRawObjects(env.git, "bytes");
    const text = await raw.object("blob", "kind: NetworkPolicy\n");
    const push = async (name: string | Uint8Array) => {
      const parent = (await env.git.git("bytes", "rev-parse", "web/two")).trim();
      const tree = await raw.folders("web", ["100644", "a.yaml", text], ["100644", name, text]);
      const commit = await raw.commit(tree, { parent });
      await raw.refs({ "refs/heads/web/two": commit });
      await env.sync("bytes");
      const { status } = await packages.waitFor(draft, "shows the push", ({ status: now }) => now?.commit === commit);
      return { digest: status?.contentDigest, shown: (await packages.contents(draft)).status?.filesNotShown };
    };
    const pushes = [
      await push(Buffer.from("gr\xf6n", "latin1")),
      await push(Buffer.from("gr\xfcn", "latin1")),
      await push("gr\ufffdn"),
    ];
    expect(new Set(pushes.map(({ digest }) => digest)).size).toBe(3);
    const { oid: object, reason } = { oid: text, reason: "UnusualName" };
    expect(pushes.map(({ shown }) => shown)).toEqual([
      [{ path: "gr\ufffdn", pathBytes: "Z3L2bg==", reason, object, size: 20 }],
      [{ path: "gr\ufffdn", pathBytes: "Z3L8bg==", reason, object, size: 20 }],
      undefined,
    ]);
    expect((await packages.contents(draft)).spec.resources?.["gr\ufffdn"]).toBe("kind: NetworkPolicy\n");
    await packages.publish(draft);
  });
});
