import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { testWithBlueprint } from "./pulled-drafts.ts";

const it = testWithBlueprint("beginning");

describe("kubectl pkg init, clone and draft", () => {
  it("begin packages, and print their names", async ({ cli, env }) => {
    expect(await cli("ls", "backend", "-o", "name")).toBe("README.md\npackage-context.yaml\n");
    expect(await cli("clone", "catalog/web/storefront", "edge1")).toBe("edge1/web/storefront@draft-1\n");
    const clone = await env.revision("edge1.deployments.web.storefront.draft-1");
    expect(clone.spec).toMatchObject({
      tasks: [{ type: "clone" }],
      upstream: { repository: "catalog", realm: "web", package: "storefront", revision: "v1" },
    });
    expect(await cli("cat", "edge1/web/storefront", "conf/app.yaml")).toBe("a: 1\n");
    expect(await cli.run(["clone", "catalog/web/storefront", "edge1"])).toEqual({
      code: 0,
      stdout: "edge1/web/storefront@draft-2\n",
      stderr:
        "edge1/web/storefront@draft-1, of the same package, is a draft, too: once one is published, the others are " +
        "outdated\n",
    });
    expect(await cli("tree", "catalog/web/storefront")).toMatch(
      /^catalog\/web\/storefront {2}v1\n[├└]─ edge1\/web\/storefront {2}draft draft-1, draft draft-2 {2}\(from v1\)\n/,
    );
  });

  it("draft begins the next revision from the latest one", async ({ cli, packages }) => {
    const id = { target: "edge2", repository: "deployments", package: "net", workspace: "first" };
    await packages.createPublished(id, { "a.yaml": "a: 1\n" });
    expect(await cli("draft", "net")).toBe("edge2/net@draft-1\n");
    expect(await cli("cat", "net", "a.yaml")).toBe("a: 1\n");
  });

  it("name the open drafts and proposals of the package, of any workspace", async ({ cli }) => {
    const init = async (...args: readonly string[]) =>
      await cli.run(["init", "edge5/open", "--repo", "deployments", ...args]);
    expect(await init("--workspace", "one")).toMatchObject({ code: 0, stderr: "" });
    await cli("propose", "edge5/open@one", "--wait");
    const outdated = "once one is published, the others are outdated";
    expect(await init("--workspace", "two")).toMatchObject({
      code: 0,
      stderr: `edge5/open@one, of the same package, is proposed, too: ${outdated}\n`,
    });
    expect(await init("--workspace", "one")).toEqual({
      code: 5,
      stdout: "",
      stderr:
        "error: edge5/open@one exists already\nto see it: kubectl pkg show edge5/open@one\n" +
        "to begin another one: --workspace NAME\n",
    });
  });

  it("init begins packages that can be rendered", async ({ cli, env }) => {
    expect(await cli("init", "edge3/blocks", "--repo", "deployments", "--kform")).toBe("edge3/blocks@draft-1\n");
    expect(await cli("init", "web/pipeline", "--repo", "catalog", "--kpt")).toBe("catalog/web/pipeline@draft-1\n");
    expect(await cli("ls", "pipeline", "-o", "name")).toBe(
      "Kptfile\nREADME.md\napp.yaml\npackage-context.yaml\nsetters.yaml\n",
    );
    const rendered = await waitUntil("the draft is rendered", async () => {
      const names = await cli("ls", "edge3/blocks", "-o", "name");
      return names.includes("out/") ? names : undefined;
    });
    expect(rendered).toBe("README.md\napp.yaml\nout/v1.ConfigMap..blocks-staging.yaml\npackage-context.yaml\n");
    expect(await env.git.git("deployments", "log", "--format=%an %s", "edge3/blocks/draft-1")).toMatch(
      /^pkgserver Render .+\nalice Edit edge3\/blocks .+\n/,
    );
    await cli("propose", "edge3/blocks", "--wait");
    expect(await cli.run(["init", "edge3/both", "--kform", "--kpt"])).toMatchObject({ code: 2 });
  });

  it("propose says that a package that cannot be rendered is proposed once it is corrected", async ({ cli }) => {
    await cli("init", "edge3/broken", "--repo", "deployments", "--kpt");
    await cli("pull", "edge3/broken", "broken");
    const kptfile = join(cli.dir, "broken", "Kptfile");
    const text = await readFile(kptfile, "utf8");
    await writeFile(kptfile, text.replace("apply-setters", "aply-setters"));
    await cli("push", "broken");
    expect(await cli.run(["propose", "edge3/broken", "--wait"])).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(
        /RenderFailed: .*\nto see it: .*\ncorrected, it is proposed; to take the request back: kubectl pkg withdraw edge3\/broken@draft-1\n$/,
      ),
    });
    await writeFile(kptfile, text);
    await cli("push", "broken");
    await cli("wait", "edge3/broken", "--for", "proposed");
  });

  it("a folder is rendered as the operator renders the draft, and with other inputs", async ({ cli }) => {
    await cli("init", "edge4/blocks", "--repo", "deployments", "--kform");
    const object = (environment: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  environment: ${environment}\n`;
    await writeFile(join(cli.dir, "values.yaml"), object("production"));
    await cli("set", "edge4/blocks", "--input", "values.yaml");
    const [path, other] = ["production", "test"].map((one) => `out/v1.ConfigMap..blocks-${one}.yaml`) as [
      string,
      string,
    ];
    await waitUntil("the draft is rendered with its input", async () => {
      const { stdout } = await cli.run(["cat", "edge4/blocks", path]);
      return stdout.includes("environment: production") ? stdout : undefined;
    });
    await cli("pull", "edge4/blocks", "rendered");
    const check = await cli.run(["render", "rendered", "--inputs", "values.yaml", "--check"]);
    expect(check).toMatchObject({ code: 0, stderr: expect.stringContaining("rendered 2 kform blocks") as string });
    const test = await cli.run(["render", "rendered", "--inputs", "-"], { input: object("test") });
    expect(test).toMatchObject({ code: 0, stdout: `D ${path}\nA ${other}\n` });
    expect(await readFile(join(cli.dir, "rendered", other), "utf8")).toContain("environment: test\n");
    await cli("init", "web/template", "--repo", "catalog", "--kform");
    await cli("pull", "catalog/web/template", "template");
    const blueprint = await cli.run(["render", "template"]);
    expect(blueprint).toMatchObject({ code: 0, stdout: "" });
    expect(blueprint.stderr).toContain("kform blocks of a blueprint are checked, and rendered in clones");
    expect(await cli("render", "template", "--dry-run")).toContain("+  environment: staging\n");
    const missing = await cli.run(["render", "rendered", "--inputs", "nothing.yaml"]);
    expect(missing).toMatchObject({ code: 3, stdout: "" });
  });

  it("init says how to remove a draft that cannot begin", async ({ cli }) => {
    const { code, stderr } = await cli.run(["init", "Edge1/x", "--repo", "deployments"]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/is not draft: InvalidName: .+\n(?:.+\n)*to remove it: .* delete Edge1\/x@draft-1\n$/);
    expect(await cli.run(["delete", "Edge1/x@draft-1", "--yes"])).toMatchObject({ code: 0 });
  });

  it.for([
    [["init", "backend", "--repo", "deployments"], 2, '"backend" is no package of deployments'],
    [["init", "web/backend"], 2, "several Repositories could have it: catalog, deployments"],
    [["init", "web/backend", "--repo", "catalogue"], 3, "did you mean catalog?"],
    [["init", "web/backend", "--repo", "catalog", "--workspace", "first"], 5, "exists already"],
    [["draft", "backend"], 3, 'there is no package revision "backend@latest"'],
    [["clone", "backend", "edge1"], 4, "catalog/web/backend@first is draft, and not published"],
    [["init", "edge1/x", "--repo", "deployments", "--timeout", "soon"], 2, '--timeout "soon" is no time'],
  ] as const)("%j ends with %i: %s", async ([args, code, message], { cli }) => {
    const result = await cli.run(args);
    expect(result.stderr).toContain(message);
    expect(result).toMatchObject({ code, stdout: "" });
  });
});
