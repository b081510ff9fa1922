import { describe, expect } from "vitest";
import { normalize, testWithCli } from "../testenv/cli.ts";
import { pushExternally } from "../testenv/external-push.ts";

const it = testWithCli("repos");

describe("kubectl pkg repo", () => {
  it("add makes a Secret that is bound to the host, and tells what was found and skipped", async ({ cli, env }) => {
    await env.git.createRepository("catalog");
    await pushExternally(env.git, "catalog", {
      files: { "web/storefront/README.md": "1\n" },
      tags: ["web/storefront/v1", "release-1"],
    });
    const url = env.git.url("catalog");
    const added = await cli.run(
      ["repo", "add", "catalog", "--url", url, "--username", "pkgserver", "--password-stdin"],
      {
        as: "admin",
        input: `${env.password}\n`,
      },
    );
    expect(added).toMatchObject({ code: 0, stderr: "registered catalog\n" });
    expect(added.stdout).toContain("1 package, 1 published revision, 0 drafts and proposals, 1 ref skipped\n");
    expect(added.stdout).toContain("    refs/tags/release-1: ");
    const secret = await env.as("admin").getJson<{ metadata: object; type: string }>("secret", "catalog-git");
    expect(secret).toMatchObject({
      type: "kubernetes.io/basic-auth",
      metadata: {
        annotations: { "pkg.pkgserver.dev/allowed-hosts": new URL(url).host },
        ownerReferences: [{ kind: "Repository", name: "catalog" }],
      },
    });
    const again = ["repo", "add", "catalog", "--url", url, "--secret", "git-auth"];
    expect(await cli.run(again, { as: "admin" })).toMatchObject({
      code: 5,
      stderr: expect.stringContaining("there is a Repository catalog already"),
    });
  });

  it("add tells what is wrong with the credentials, with exit code 4", async ({ cli, env }) => {
    await env.git.createRepository("locked");
    const args = ["repo", "add", "locked", "--url", env.git.url("locked"), "--bearer-token-stdin"];
    const { code, stderr } = await cli.run(args, { as: "admin", input: "wrong" });
    expect(code).toBe(4);
    expect(stderr).toContain("error: the Repository locked is AuthenticationFailed: ");
    await cli.run(["repo", "remove", "locked", "--yes"], { as: "admin" });
  });

  it("add refuses a name that no object can have, and makes nothing", async ({ cli, env }) => {
    const args = ["repo", "add", "Bad_Name", "https://a.example/b.git", "--bearer-token-stdin"];
    expect(await cli.run(args, { as: "admin", input: "token" })).toEqual({
      code: 2,
      stdout: "",
      stderr:
        'error: "Bad_Name" is no name of a Repository: it has 1 to 63 of a-z, 0-9 and -, a letter or digit first and ' +
        "last, and not digits alone\na name that fits: bad-name\n",
    });
    const { items } = await env.as("admin").getJson<{ items: { metadata: { name: string } }[] }>("secrets");
    expect(items.filter(({ metadata }) => /bad/i.test(metadata.name))).toEqual([]);
    expect(await cli.run(["repo", "add", "12", "https://a.example/b.git"], { as: "admin" })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: "12" is no name of a Repository: .*\n$/),
    });
  });

  it.for([
    [[], "the URL is needed"],
    [["https://u:p@a.example/b.git"], "the URL holds credentials"],
    [["https://a.example/b.git", "--url", "https://a.example/b.git"], "give one URL"],
    [["--url", "https://a.example/b.git", "--username", "u"], "--username goes with --password-stdin"],
    [["--url", "https://a.example/b.git", "--ssh-key", "k"], "--ssh-key goes with --known-hosts"],
    [["--url", "https://a.example/b.git", "--secret", "s", "--bearer-token-stdin"], "these exclude one another"],
    [["--url", "https://a.example/b.git", "--bearer-token-stdin"], "stdin has no token"],
  ] as const)("add with %j ends with 2: %s", async ([args, message], { cli }) => {
    const result = await cli.run(["repo", "add", "x", ...args], { as: "admin" });
    expect(result.stderr).toContain(message);
    expect(result.code).toBe(2);
  });

  it("add takes its Secret back if the Repository is refused", async ({ cli, env }) => {
    const args = [
      "repo",
      "add",
      "bad",
      "--url",
      "https://a.example/b.git",
      "--interval",
      "soon",
      "--bearer-token-stdin",
    ];
    expect(await cli.run(args, { as: "admin", input: "t" })).toMatchObject({ code: 4 });
    const url = ["--url", "file:///etc", "--bearer-token-stdin"];
    expect((await cli.run(["repo", "add", "bad", ...url], { as: "admin", input: "t" })).code).not.toBe(0);
    const names = await env.as("admin")("get", "secrets", "-o", "name");
    expect(names).not.toMatch(/bad/i);
  });

  it("list, show, sync, suspend, resume and remove", async ({ cli, env, packages }) => {
    await env.git.createRepository("deployments");
    await env.register("deployments", { deployment: true });
    expect((await cli("repo", "list")).split("\n")[0]).toMatch(/^NAME +READY +STATUS +DEPLOYMENT +REVISIONS /);
    expect(await cli("repo", "list", "-o", "name")).toContain("repository.config.pkg.pkgserver.dev/deployments\n");
    const shown = normalize(await cli("repo", "show", "deployments"));
    expect(shown).toContain("Kind:         deployment repository, of packages for targets\n");
    expect(shown).toContain("\nConditions:\n  Ready=True for AGE: Synced\n");
    await pushExternally(env.git, "deployments", { files: { "edge1/net/a.yaml": "a: 1\n" }, tags: ["edge1/net/v1"] });
    const carol = { as: "carol" } as const;
    expect(await cli.run(["repo", "sync", "deployments"], carol)).toMatchObject({
      code: 0,
      stderr: "deployments: 1 package, 1 published revision, 0 drafts and proposals, 0 refs skipped\n",
    });
    expect((await cli.run(["repo", "suspend", "deployments"], carol)).stderr).toBe("suspended deployments\n");
    expect(await cli.run(["repo", "sync", "deployments"], carol)).toMatchObject({ code: 4 });
    expect((await cli.run(["repo", "resume", "deployments"], carol)).stderr).toBe("resumed deployments\n");
    expect((await cli.run(["repo", "sync", "deployments"], carol)).code).toBe(0);
    expect(await cli.run(["repo", "sync", "deployments"])).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/^error: User "alice" cannot patch resource "repositories"/),
    });
    expect(await cli.run(["repo", "remove", "deployments"], carol)).toMatchObject({ code: 2 });
    expect(await cli.run(["repo", "remove", "deployments", "--yes"], carol)).toMatchObject({
      code: 0,
      stderr: "removed deployments\n",
    });
    await packages.waitUntilGone("edge1.deployments.net.v1");
    expect((await env.git.git("deployments", "tag", "--list")).trim()).toBe("edge1/net/v1");
    expect(await cli.run(["repo", "show", "catalgo"])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("did you mean catalog?"),
    });
  });
});
