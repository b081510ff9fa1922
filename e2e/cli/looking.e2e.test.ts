import { describe, expect } from "vitest";
import { normalize, testWithCli } from "../testenv/cli.ts";
import { pushExternally } from "../testenv/external-push.ts";

const id = { target: "edge1", repository: "deployments", realm: "web", package: "storefront" };
const files = { "README.md": "one\n", "conf/app.yaml": "a: 1\n" };

/** A blueprint, a published revision with a draft after it, and a proposal of another target. */
const it = testWithCli("looking").extend("names", { scope: "file" }, async ({ env, packages }) => {
  await env.git.createRepository("catalog");
  await pushExternally(env.git, "catalog", {
    files: { "web/storefront/README.md": "blueprint\n" },
    tags: ["web/storefront/v1"],
  });
  await env.register("catalog");
  await env.git.createRepository("deployments");
  await env.register("deployments", { deployment: true });
  const published = await packages.createPublished({ ...id, workspace: "first" }, files);
  const draft = await packages.createDraft({ ...id, workspace: "second" }, { "README.md": "two\n" });
  const proposal = await packages.createDraft({ ...id, target: "edge2", workspace: "first" }, files);
  await packages.propose(proposal);
  return { published: published.metadata.name, draft, proposal };
});

const table = (output: string) =>
  normalize(output)
    .split("\n")
    .map((line) => line.split(/ {2,}/).map((cell) => cell.trim()));

describe("kubectl pkg get", () => {
  it("prints the columns of the server, as kubectl does", async ({ cli, env, names: _ }) => {
    const columns = await env.as("alice")("get", "pkgrev");
    const compact = (text: string) => normalize(text).replaceAll(/ +$/gm, "").replaceAll(/ {2,}/g, "  ");
    expect(compact(await cli("get"))).toBe(compact(columns));
    const wide = await env.as("alice")("get", "pkgrev", "--output=wide");
    expect(compact(await cli("get", "-o", "wide"))).toBe(compact(wide));
  });

  it.for([
    [
      ["get", "storefront", "-o", "name"],
      ["catalog", "edge1.first", "edge1.second", "edge2"],
    ],
    [["get", "catalog/web/storefront", "-o", "name"], ["catalog"]],
    [
      ["get", "edge1/web/storefront", "-o", "name"],
      ["edge1.first", "edge1.second"],
    ],
    [["get", "edge1/storefront@v1", "-o", "name"], ["edge1.first"]],
    [
      ["get", "storefront@second", "edge2/storefront", "-o", "name"],
      ["edge1.second", "edge2"],
    ],
    [["get", "edge1/storefront@latest", "-o", "name"], ["edge1.first"]],
    [
      ["get", "--target", "edge1", "-o", "name"],
      ["edge1.first", "edge1.second"],
    ],
    [["get", "--repo", "catalog", "-o", "name"], ["catalog"]],
    [
      ["get", "--latest", "-o", "name"],
      ["catalog", "edge1.first"],
    ],
    [["get", "--lifecycle", "draft", "-o", "name"], ["edge1.second"]],
    [["get", "--needs-approval", "-o", "name"], ["edge2"]],
    [
      ["get", "-l", "pkg.pkgserver.dev/latest=true", "--realm", "web", "-o", "name"],
      ["catalog", "edge1.first"],
    ],
  ] as const)("%j lists %j", async ([args, expected], { cli, names }) => {
    const short: Readonly<Record<string, string>> = {
      "catalog.catalog.web.storefront.v1": "catalog",
      [names.published]: "edge1.first",
      [names.draft]: "edge1.second",
      [names.proposal]: "edge2",
    };
    const listed = (await cli(...args))
      .trim()
      .split("\n")
      .map((line) => line.split("/")[1] ?? "");
    expect(listed.map((name) => short[name])).toEqual(expected);
  });

  it("prints one object, or a List, as kubectl does", async ({ cli, env, names }) => {
    const one = JSON.parse(await cli("get", "storefront@second", "-o", "json"));
    expect(one).toEqual(await env.as("alice").getJson("pkgrev", names.draft));
    const all = JSON.parse(await cli("get", "-o", "json"));
    expect(all).toEqual(await env.as("alice").getJson("pkgrev"));
  });

  it("prints a line for each change with --watch", async ({ cli, env, names: _, packages }) => {
    const before = new Set((await env.revisions()).map(({ metadata }) => metadata.name));
    expect(before.size).toBe(4);
    const watch = cli.start(["get", "--target", "edge3", "-w"]);
    await watch.waitForOutput("NAME");
    const name = await packages.createDraft({ ...id, target: "edge3", workspace: "first" }, files);
    await watch.waitForOutput(/ Draft +draft /);
    expect(await watch.stop()).toContain(name);
    await packages.delete(name);
    await packages.waitUntilGone(name);
  });

  it("says that there are none, on stderr, and ends with 0", async ({ cli, env, names: _ }) => {
    expect(await cli.run(["get", "--target", "edge9"])).toEqual({
      code: 0,
      stdout: "",
      stderr: `no PackageRevision found in the namespace ${env.namespace}\n`,
    });
  });
});

describe("kubectl pkg show", () => {
  it("describes a draft on one page", async ({ cli, names: _ }) => {
    const shown = normalize(await cli("show", "edge1/storefront"));
    expect(shown.split("\n").slice(0, 10).join("\n")).toBe(
      [
        "edge1/web/storefront@second  draft",
        "",
        "Object:      edge1.deployments.web.storefront.second",
        "Package:     edge1 / web / storefront",
        "Repository:  deployments",
        "Workspace:   second",
        "Lifecycle:   draft",
        "Began from:  v1",
        "Changed by:  alice",
        "Provenance:  Operator",
      ].join("\n"),
    );
    expect(shown).toContain("\nConditions:\n  Ready=True for AGE: Draft\n");
  });

  it("has colours and the next command at a terminal, unless NO_COLOR is set", async ({ cli, names: _ }) => {
    const coloured = await cli.inTerminal(["show", "edge1/storefront"]);
    expect(coloured.stdout).toContain("\u001b[32mdraft\u001b[39m");
    expect(coloured.stdout).toContain("next: kubectl pkg propose edge1/web/storefront@second");
    const plain = await cli.inTerminal(["show", "edge1/storefront"], { env: { NO_COLOR: "1" } });
    expect(plain.stdout).not.toContain("\u001b[");
    expect((await cli.run(["show", "edge1/storefront"])).stderr).toBe("");
  });
});

describe("kubectl pkg ls and cat", () => {
  it("list the files, and print them byte for byte", async ({ cli, names: _ }) => {
    expect(table(await cli("ls", "edge1/storefront@v1"))).toEqual([
      ["PATH", "SIZE", "ONLY-IN-GIT"],
      ["README.md", "4"],
      ["conf/app.yaml", "5"],
      [""],
    ]);
    expect(await cli("ls", "edge1/storefront@v1", "-o", "name")).toBe("README.md\nconf/app.yaml\n");
    expect(await cli("cat", "edge1/storefront@v1", "README.md", "conf/app.yaml")).toBe("one\na: 1\n");
    expect(await cli("cat", "edge1/storefront", "README.md")).toBe("two\n");
  });
});

describe("kubectl pkg history", () => {
  it("lists who approved each revision, and when", async ({ cli, names: _ }) => {
    expect(table(await cli("history", "edge1/storefront"))).toEqual([
      ["VERSION", "LIFECYCLE", "PUBLISHED", "BY", "PROVENANCE", "COMMIT"],
      ["second", "draft", "Operator", expect.stringMatching(/^[0-9a-f]{12}$/)],
      ["v1", "published", "TIME", "bob", "Operator", expect.stringMatching(/^[0-9a-f]{12}$/)],
      [""],
    ]);
    expect(JSON.parse(await cli("history", "catalog/storefront", "-o", "json"))).toEqual({
      package: "catalog/web/storefront",
      revisions: [expect.objectContaining({ version: "v1", provenance: "External" })],
    });
  });
});

describe("kubectl pkg: failures", () => {
  it("lists the candidates of an ambiguous name, and ends with 2", async ({ cli, names }) => {
    const { code, stdout, stderr } = await cli.run(["show", "storefront"]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(table(stderr)).toEqual([
      ['error: "storefront" is the name of 4 package revisions'],
      ["NAME", "LIFECYCLE", "OBJECT"],
      ["catalog/web/storefront@v1", "published", "catalog.catalog.web.storefront.v1"],
      ["edge1/web/storefront@v1", "published", names.published],
      ["edge1/web/storefront@second", "draft", names.draft],
      ["edge2/web/storefront@first", "proposed", names.proposal],
      [""],
    ]);
  });

  it.for([
    [["show", "storefrnt"], 3, 'there is no package revision "storefrnt"', "did you mean storefront?"],
    [["show", "edge1/storefront@v9"], 3, 'there is no package revision "edge1/storefront@v9"', "kubectl pkg get"],
    [["cat", "edge1/storefront", "REDME.md"], 3, 'edge1/web/storefront@second has no file "REDME.md"', "README.md"],
    [["show", "a//b"], 2, '"a//b" is no name of a package', "edge1/web/storefront@v2"],
    [["shwo", "storefront"], 2, "unknown command 'shwo'", "Did you mean show?"],
    [["show"], 2, "missing required argument 'PACKAGE'", "--help"],
    [["get", "-o", "xml"], 2, "argument 'xml' is invalid", "json"],
    [["get", "--repo", "deploymnts"], 3, 'there is no Repository "deploymnts"', "did you mean deployments?"],
    [["diff", "./nosuch"], 2, "nosuch is no folder that a package was pulled into", ""],
    [["get", "--context", "nowhere"], 1, 'there is no context "nowhere"', "kubectl config get-contexts"],
    [["get", "-l", "a b"], 2, "unable to parse requirement", ""],
  ] as const)("%j ends with %i: %s", async ([args, code, message, hint], { cli, names: _ }) => {
    const result = await cli.run(args);
    expect(result).toMatchObject({ code, stdout: "" });
    expect(result.stderr).toContain(message);
    expect(result.stderr).toContain(hint);
  });

  it("says what right is missing, and ends with 4", async ({ cli, names: _ }) => {
    const { code, stderr } = await cli.run(["get", "--as", "mallory"], { as: "admin" });
    expect(code).toBe(4);
    expect(stderr).toMatch(/^error: User "mallory" cannot list resource "packagerevisions" in API group /);
  });

  it("names the API server that does not answer, and ends with 1", async ({ cli, names: _ }) => {
    const { code, stderr } = await cli.run(["get"], { env: { KUBECONFIG: await cli.unreachableKubeconfig() } });
    expect(code).toBe(1);
    expect(stderr).toContain("error: the API server does not answer: GET ");
  });
});

describe("kubectl pkg version", () => {
  it("prints the client's version, and that of the API server", async ({ cli, env }) => {
    expect(await cli("version", "--client")).toBe("Client: 0.1.0\n");
    const { serverVersion } = JSON.parse(await env.as("admin")("version", "-o", "json"));
    expect(await cli("version")).toBe(`Client: 0.1.0\nKubernetes: ${serverVersion.gitVersion}\n`);
    expect(JSON.parse(await cli("version", "-o", "json"))).toEqual({
      client: "0.1.0",
      server: serverVersion.gitVersion,
    });
  });
});
