import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { NO_OBJECT, pullDraft, testWithBlueprint } from "./pulled-drafts.ts";

const it = testWithBlueprint("edit");

describe("kubectl pkg edit", () => {
  it("opens $EDITOR, and pushes what it changed", async ({ cli }) => {
    const { name, short } = await pullDraft(cli);
    const edited = await cli.run(["edit", name, "conf/app.yaml"], { env: { EDITOR: "sed -i s/1/7/" } });
    const warning = `warning: FilesValid: NotAResource: conf/app.yaml:1:1: ${NO_OBJECT}\n`;
    expect(edited).toEqual({ code: 0, stdout: "M conf/app.yaml\n", stderr: `saved in ${short}\n${warning}` });
    expect(await cli("cat", name, "conf/app.yaml")).toBe("a: 7\n");
    expect((await cli.run(["edit", name, "README.md"], { env: { EDITOR: "true" } })).stderr).toBe(
      "nothing was changed\n",
    );
  });

  it("keeps the files if the editor fails", async ({ cli }) => {
    const { name } = await pullDraft(cli);
    const editor = "f() { echo lost > $1; exit 3; }; f";
    const { code, stderr } = await cli.run(["edit", name, "README.md"], { env: { EDITOR: editor } });
    expect(code).toBe(1);
    expect(stderr).toContain("the editor ended with 3: nothing was pushed");
    const kept = /your files are kept in (\S+)/.exec(stderr)?.[1] ?? "";
    expect((await stat(join(kept, "README.md"))).isFile()).toBe(true);
    expect(await readFile(join(kept, "README.md"), "utf8")).toBe("lost\n");
    await rm(join(kept, ".."), { recursive: true });
  });
});

describe("kubectl pkg push and edit", () => {
  it("wait until the files are checked, and tell what was found", async ({ cli, env }) => {
    const { name, short, object, write } = await pullDraft(cli);
    await write({ "conf/app.yaml": "a: [\n", "deploy.yaml": "apiVersion: v1\nkind: ConfigMap\n" });
    const pushed = await cli.run(["push", name]);
    expect(pushed.code).toBe(0);
    const [first, ...warnings] = pushed.stderr.trimEnd().split("\n");
    expect(first).toMatch(/^pushed 2 files to edge9\/p\d+@first, commit [0-9a-f]+$/);
    expect(warnings[0]).toMatch(/^warning: FilesValid: InvalidYAML: .*conf\/app\.yaml:\d+:\d+: /);
    const { status } = await env.revision(object);
    expect(status?.conditions?.filter((one) => one.status === "Unknown")).toEqual([]);
    const mended = await cli.run(["edit", name, "conf/app.yaml"], { env: { EDITOR: "sed -i s/.*/a:/" } });
    expect(mended.stderr).toContain(`saved in ${short}\n`);
    expect(mended.stderr).not.toContain("InvalidYAML");
  });

  it("edit needs a terminal for vi, or a program that needs none", async ({ cli }) => {
    const { name, short } = await pullDraft(cli);
    expect(await cli.run(["edit", name])).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "error: there is no terminal for an editor\n" +
        "to edit with a program: set EDITOR, which is called with the path of the file or folder\n" +
        `to edit in a folder: kubectl pkg pull ${short} DIR, and kubectl pkg push DIR\n`,
    });
  });
});
