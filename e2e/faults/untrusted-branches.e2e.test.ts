import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runGit } from "../harness/git-command.ts";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { createPackages, type Packages } from "../testenv/packages.ts";
import { readyReason, startTestEnv, type TestEnv } from "../testenv/testenv.ts";

/** Branches and tags of users who may push, and may not approve. */
describe("users who may push", () => {
  let env: TestEnv;
  let packages: Packages;
  beforeAll(async () => {
    env = await startTestEnv("push");
    packages = await createPackages(env);
  });
  afterAll(async () => await env.end());

  it("cannot hide files from the approver behind a branch or a tag below the package", async () => {
    await env.git.createRepository("below", { seed: { "net/a.yaml": "a: 1\n" } });
    await env.git.git("below", "tag", "net/v1", "main");
    await env.register("below");
    // A branch makes net/sub no package of its own.
    await pushExternally(env.git, "below", { branch: "net/sub/x", files: { "net/sub/Kptfile": "" } });
    await env.sync("below");
    const name = "catalog.below.net.two";
    await env.as("alice").applyYaml(
      JSON.stringify({
        apiVersion: "pkg.pkgserver.dev/v1alpha1",
        kind: "PackageRevision",
        metadata: { name },
        spec: { packageRevID: { repository: "below", package: "net", workspace: "two" } },
      }),
    );
    await env.waitForReason(name, "Draft");
    const hidden = { branch: "net/two", files: { "net/sub/hidden.yaml": "hidden: 1\n" } };
    const [pushed] = await pushExternally(env.git, "below", hidden);
    await env.sync("below");
    await env.waitFor(name, "has the pushed commit", (one) => one.status?.commit === pushed);
    expect(Object.keys((await env.contents(name)).spec.resources ?? {})).toEqual(["a.yaml", "sub/hidden.yaml"]);
    // A tag does, while it exists.
    await env.git.git("below", "tag", "net/sub/v1", "net/sub/x");
    await env.sync("below");
    await packages.setLifecycle(name, "proposed", "alice");
    await env.waitForReason(name, "InvalidPath");
    await packages.save(name, { "sub/hidden.yaml": null });
    const proposed = await env.waitForReason(name, "Proposed");
    expect(Object.keys((await env.contents(name)).spec.resources ?? {})).toEqual(["a.yaml"]);
    await env.git.git("below", "tag", "-d", "net/sub/v1");
    await env.sync("below");
    await packages.approve(name);
    const published = await env.waitForReason(name, "Published");
    expect(published.status?.contentDigest).toBe(proposed.status?.contentDigest);
    const look = createGitReader(env.git, "below");
    expect(await look.files("net/v2")).toEqual({ "net/a.yaml": "a: 1\n" });
  });

  it("cannot block other packages with a tree of a billion files", async () => {
    await env.git.createRepository("bomb", { seed: { "web/a.yaml": "a: 1\n" } });
    await env.git.git("bomb", "tag", "web/v1", "main");
    let [mode, type, oid] = ["100644", "blob", (await env.git.git("bomb", "rev-parse", "main:web/a.yaml")).trim()];
    for (let level = 0; level < 9; level++) {
      const entries = Array.from({ length: 10 }, (_, index) => `${mode} ${type} ${oid}\tn${index}\n`).join("");
      oid = (await runIn(env, "bomb", ["mktree"], entries)).trim();
      [mode, type] = ["040000", "tree"];
    }
    const root = (await runIn(env, "bomb", ["mktree"], `040000 tree ${oid}\tbomb\n`)).trim();
    const commit = (await env.git.git("bomb", ...COMMITTER, "commit-tree", "-m", "bomb", root)).trim();
    await env.git.git("bomb", "tag", "bomb/v1", commit);
    await env.applyRepository("bomb");
    await env.waitForRepository("bomb", "Synced");
    await waitUntil("the bomb is reported", async () => readyReason(await env.revision("catalog.bomb.bomb.v1")), {
      until: (reason) => reason === "ObjectTooLarge",
    });
    await env.waitForReason("catalog.bomb.web.v1", "Published");
  });

  it("do not lose a file whose path is a package's folder", async () => {
    await env.git.createRepository("files", { seed: { web: "a file\n" } });
    await env.register("files");
    await env.as("alice").applyYaml(
      JSON.stringify({
        apiVersion: "pkg.pkgserver.dev/v1alpha1",
        kind: "PackageRevision",
        metadata: { name: "catalog.files.web.shop.one" },
        spec: {
          packageRevID: { repository: "files", realm: "web", package: "shop", workspace: "one" },
          tasks: [{ type: "init" }],
        },
      }),
    );
    const refused = await env.waitForReason("catalog.files.web.shop.one", "PathConflict");
    expect(refused.status?.conditions?.[0]?.message).toContain("has a file web at the path of the folder web/shop");
  });
});

const COMMITTER = ["-c", "user.name=pusher", "-c", "user.email=pusher@example.com"];

async function runIn(env: TestEnv, repository: string, args: readonly string[], input: string): Promise<string> {
  return await runGit(env.git.path(repository), args, { input });
}
