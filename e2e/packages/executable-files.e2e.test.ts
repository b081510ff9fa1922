import { describe, expect } from "vitest";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";

const it = testWithEnv("modes");

describe("executable files", () => {
  it("are listed for the reviewer, also if nothing but the mode was pushed", async ({ env, packages }) => {
    await env.git.createRepository("catalog");
    await env.register("catalog");
    const files = { "a.yaml": "a: 1\n", "run.sh": "#!/bin/sh\n" };
    const draft = await packages.createDraft({ repository: "catalog", package: "web", workspace: "one" }, files);
    const before = (await packages.get(draft)).status?.contentDigest;
    expect((await packages.contents(draft)).status?.executableFilesCount).toBeUndefined();
    await packages.pushToDraft(draft, { "run.sh": { executable: files["run.sh"] } });
    const { spec, status } = await packages.contents(draft);
    expect(spec.resources).toEqual(files);
    expect([status?.executableFilesCount, status?.executableFiles]).toEqual([1, ["run.sh"]]);
    expect((await packages.get(draft)).status?.contentDigest).not.toBe(before);
    // A user of the API neither sets the bit nor loses it.
    await packages.save(draft, { "run.sh": "#!/bin/sh -e\n", "new.sh": "#!/bin/sh\n" });
    await packages.propose(draft);
    expect((await packages.contents(draft)).status?.executableFiles).toEqual(["run.sh"]);
    await packages.publish(draft);
    const published = await createGitReader(env.git, "catalog")(
      "ls-tree",
      "--format=%(objectmode) %(path)",
      "web/v1:web",
    );
    expect(published).toBe("100644 a.yaml\n100644 new.sh\n100755 run.sh");
    expect((await packages.contents(draft)).status?.executableFiles).toEqual(["run.sh"]);
    // A file that is deleted and created again is a new one.
    const next = await packages.createDraft({ repository: "catalog", package: "web", workspace: "two" });
    await packages.save(next, { "run.sh": null });
    await packages.save(next, { "run.sh": "#!/bin/sh -e\n" });
    expect((await packages.contents(next)).status?.executableFilesCount).toBeUndefined();
    await packages.publish(next);
  });

  it("are one entry if all files are, and are not proposed if they are too many to be told from others", async ({
    env,
    packages,
  }) => {
    await env.git.createRepository("many");
    await env.register("many");
    const draft = await packages.createDraft({ repository: "many", package: "all", workspace: "one" }, { f: "0\n" });
    const all = Array.from({ length: 400 }, (_, at) => [`f${at}`, { executable: `${at}\n` }] as const);
    await packages.pushToDraft(draft, { f: { executable: "0\n" }, ...Object.fromEntries(all) });
    const { status } = await packages.contents(draft);
    expect([status?.executableFilesCount, status?.executableFiles]).toEqual([401, ["./"]]);
    await packages.edit(draft, { "plain.yaml": "a: 1\n" });
    await packages.setLifecycle(draft, "proposed");
    const refused = await env.waitForReason(draft, "FilesNotListed");
    expect(refused.status).toMatchObject({ lifecycle: "draft", waitingFor: ["FilesNotListed"] });
    await packages.edit(draft, { "plain.yaml": null });
    await env.waitForReason(draft, "Proposed");
    await packages.publish(draft);
  });
});
