import { describe, expect } from "vitest";
import { testWithCli } from "../testenv/cli.ts";

const it = testWithCli("mine");

describe("kubectl pkg get", () => {
  it("--mine lists what the user created, edited or proposed, and nothing of others", async ({
    cli,
    env,
    packages,
  }) => {
    const home = { repository: "mine", target: "edge1" };
    await env.git.createRepository("mine");
    await env.register("mine", { deployment: true });
    await packages.createDraft({ ...home, package: "other", workspace: "one" });
    const edited = await packages.createDraft(
      { ...home, package: "edited", workspace: "one" },
      { "README.md": "one\n" },
    );
    const proposed = await packages.createDraft(
      { ...home, package: "proposed", workspace: "one" },
      { "README.md": "one\n" },
    );
    const as = { as: "carol" } as const;
    const mine = async () => (await cli.run(["get", "--repo", "mine", "--mine", "-o", "name"], as)).stdout;
    expect(await cli.run(["get", "--repo", "mine", "--mine"], as)).toMatchObject({
      code: 0,
      stderr: `no PackageRevision found in the namespace ${env.namespace}\n`,
    });
    await cli.run(["edit", edited, "README.md"], { ...as, env: { EDITOR: "sed -i 1ihers" } });
    expect(await mine()).toBe(`packagerevision.pkg.pkgserver.dev/${edited}\n`);
    await cli.run(["propose", proposed, "--wait"], as);
    expect(await mine()).toBe([edited, proposed].map((name) => `packagerevision.pkg.pkgserver.dev/${name}\n`).join(""));
    await cli.run(["init", "edge1/own", "--repo", "mine", "--workspace", "one"], as);
    expect(await mine()).toContain("/edge1.mine.own.one\n");
    expect((await cli.run(["get", "own", "--mine", "-o", "name"])).stdout).toBe("");
  });
});
