import { describe, expect } from "vitest";
import { testWithCli } from "../testenv/cli.ts";

const it = testWithCli("git-only");

describe("files that are in Git only", () => {
  it("are shown while a command reads them, and hidden again", async ({ cli, env, packages }) => {
    await env.git.createRepository("lean");
    await env.register("lean", { deployment: true, contents: "Drafts" });
    const id = { target: "edge1", repository: "lean", package: "lean" };
    const first = await packages.createPublished({ ...id, workspace: "one" }, { "a.yaml": "a: 1\n" });
    const { name } = first.metadata;
    await env.waitFor(name, "is in Git only", ({ status }) => status?.contents === "GitOnly");
    expect(await cli("cat", "lean", "a.yaml")).toBe("a: 1\n");
    const again = await env.waitFor(name, "is in Git only again", ({ status }) => status?.contents === "GitOnly");
    expect(again.metadata.annotations ?? {}).not.toHaveProperty("pkg.pkgserver.dev/show-contents");
    await cli("draft", "lean", "--workspace", "two");
    await packages.save("edge1.lean.lean.two", { "a.yaml": "a: 2\n" });
    expect(await cli("diff", "lean", "--stat")).toBe("a.yaml | +1 -1\n1 file changed, +1 -1 lines\n");
    const refused = await cli.run(["cat", "lean@v1", "a.yaml"], { as: "dave" });
    expect(refused).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("in Git only, and you may not have them"),
    });
  });
});
