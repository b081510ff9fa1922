import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { createGitReader, type GitReader } from "../testenv/git-reader.ts";
import { createPackages, type Files, type Packages } from "../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../testenv/testenv.ts";

let env: TestEnv;
let packages: Packages;
let git: GitReader;

beforeAll(async () => {
  env = await startTestEnv("contents");
  packages = await createPackages(env);
  await env.git.createRepository("blue");
  await env.register("blue");
  git = createGitReader(env.git, "blue");
});

afterAll(async () => {
  expect(await packages.listTerminating()).toEqual([]);
  await env.end();
});

const FILES = { "a.yaml": "a: 1\n", "b.yaml": "b: 1\n" };

/** A draft with two files. */
const begin = (name: string, files: Files = FILES) =>
  packages.createDraft({ repository: "blue", package: name, workspace: "one" }, files);
const inGit = (name: string) => git.files(`${name}/one`, name);

describe.concurrent("contents: edits with kubectl", () => {
  const manifest = (name: string, spec: object): string =>
    JSON.stringify({
      apiVersion: "pkg.pkgserver.dev/v1alpha1",
      kind: "PackageRevisionResources",
      metadata: { name },
      spec,
    });
  interface Way {
    readonly way: string;
    readonly write: (name: string) => Promise<unknown>;
    readonly becomes: Files;
  }
  const alice = () => env.as("alice");
  const ways: readonly Way[] = [
    {
      way: "a merge patch, which is what `kubectl edit` sends, merges files and deletes with null",
      write: (name) =>
        alice()(
          "patch",
          "pkgres",
          name,
          "--type=merge",
          '-p={"spec":{"resources":{"a.yaml":null,"c.yaml":"c: 1\\n"}}}',
        ),
      becomes: { "b.yaml": "b: 1\n", "c.yaml": "c: 1\n" },
    },
    {
      way: "a JSON patch",
      write: (name) =>
        alice()(
          ...["patch", "pkgres", name, "--type=json"],
          '-p=[{"op":"replace","path":"/spec/resources/a.yaml","value":"a: 2\\n"},{"op":"remove","path":"/spec/resources/b.yaml"}]',
        ),
      becomes: { "a.yaml": "a: 2\n" },
    },
    {
      way: "a server-side apply merges files",
      write: (name) =>
        alice().applyYaml(manifest(name, { resources: { "c.yaml": "c: 1\n" } }), "--server-side", "--field-manager=ci"),
      becomes: { ...FILES, "c.yaml": "c: 1\n" },
    },
    {
      way: "a server-side apply deletes what the same manager applied before and leaves out",
      write: async (name) => {
        const flags = ["--server-side", "--field-manager=ci", "--force-conflicts"];
        await alice().applyYaml(manifest(name, { resources: { "c.yaml": "c: 1\n", "d.yaml": "d: 1\n" } }), ...flags);
        await alice().applyYaml(manifest(name, { resources: { "d.yaml": "d: 1\n" } }), ...flags);
      },
      becomes: { ...FILES, "d.yaml": "d: 1\n" },
    },
    {
      way: "a client-side apply merges files",
      write: (name) => alice().applyYaml(manifest(name, { resources: { "a.yaml": "a: 2\n" } })),
      becomes: { ...FILES, "a.yaml": "a: 2\n" },
    },
    {
      way: "a replace deletes the files that it leaves out",
      write: (name) => alice().withInput(manifest(name, { resources: { "a.yaml": "a: 2\n" } }), "replace", "-f", "-"),
      becomes: { "a.yaml": "a: 2\n" },
    },
  ];
  it.each(ways.map((one, index) => ({ ...one, index })))("$way", async ({ write, becomes, index }) => {
    const name = await begin(`way-${index}`);
    await write(name);
    expect((await packages.waitForAcknowledgement(name)).spec.resources).toEqual(becomes);
    expect(await inGit(`way-${index}`)).toEqual(becomes);
    // Also where a manifest has said nothing of it.
    expect((await packages.contents(name)).metadata.ownerReferences).toMatchObject([{ kind: "PackageRevision", name }]);
  });
});

describe.concurrent("contents: what is written", () => {
  it("a file that could not be shown again is refused by name, and nothing of the edit goes to Git", async () => {
    const name = await begin("large");
    const large = "x".repeat(1_200_000);
    await packages.edit(name, { "large.txt": large, "b.yaml": "b: 2\n" });
    const { status } = await packages.waitForReason(name, "FileTooLarge");
    expect(status?.conditions?.find((one) => one.type === "Ready")?.message).toContain(
      '"large.txt" on page 1 takes more than 1048576 bytes of JSON',
    );
    expect(await inGit("large")).toEqual(FILES);
    expect((await packages.contents(name)).spec.resources?.["large.txt"]).toBe(large);
    await packages.edit(name, { "large.txt": null });
    await packages.waitForAcknowledgement(name);
    expect(await inGit("large")).toEqual({ ...FILES, "b.yaml": "b: 2\n" });
  });

  it("bytes survive, of text and of binary files, and so do file modes", async () => {
    const bytes = Buffer.from([0, 1, 2, 255, 254, 10, 13]);
    const files = {
      "bin/logo.png": new Uint8Array(bytes),
      "bom.yaml": "\u{feff}a: 1\r\nb: é\r\n",
      "run.sh": { executable: "#!/bin/sh\n" },
      "link.yaml": { symlink: "bom.yaml" },
      "latin1.txt": new Uint8Array([0x63, 0x61, 0x66, 0xe9]),
      "empty.yaml": "",
    } as const;
    const inFolder = Object.fromEntries(Object.entries(files).map(([path, file]) => [`modes/${path}`, file]));
    await pushExternally(env.git, "blue", { files: inFolder, tags: ["modes/v1"] });
    await env.sync("blue");
    await packages.waitForReason("catalog.blue.modes.v1", "Published");
    const name = await packages.createDraft({ repository: "blue", package: "modes", workspace: "one" });
    const { spec, status } = await packages.contents(name);
    expect(spec).toEqual({
      resources: { "bom.yaml": files["bom.yaml"], "empty.yaml": "", "run.sh": "#!/bin/sh\n" },
      binaryResources: { "bin/logo.png": bytes.toString("base64"), "latin1.txt": "Y2Fm6Q==" },
    });
    expect(status?.filesNotShown).toEqual([expect.objectContaining({ path: "link.yaml", reason: "Symlink" })]);
    expect(await git("rev-parse", "modes/one:modes")).toBe(await git("rev-parse", "modes/v1:modes"));

    const changed = Buffer.from([...bytes, 0]).toString("base64");
    const edit = {
      resources: { "run.sh": "#!/bin/sh\nexit 0\n", "new.yaml": "n: 1\n" },
      binaryResources: { "bin/logo.png": changed, "latin1.txt": null },
    };
    await packages.request("alice", "merge", `packagerevisionresourceses/${name}`, { spec: edit });
    await packages.waitForAcknowledgement(name);
    const listed = await git("ls-tree", "-r", "--format=%(objectmode) %(path)", "modes/one:modes");
    expect(listed.split("\n")).toEqual([
      ...["100644 bin/logo.png", "100644 bom.yaml", "100644 empty.yaml", "120000 link.yaml", "100644 new.yaml"],
      "100755 run.sh",
    ]);
    expect(await git("rev-parse", "modes/one:modes/bin/logo.png")).toBe(await hash(changed));
    await packages.publish(name);
    expect(await git("rev-parse", "main:modes")).toBe(await git("rev-parse", "modes/v2:modes"));
  });

  async function hash(base64: string): Promise<string> {
    const data = Buffer.from(base64, "base64");
    return createHash("sha1").update(`blob ${data.length}\0`).update(data).digest("hex");
  }

  it("a write that would leave no file is refused, unless that is what it says", async () => {
    const name = await begin("emptied");
    const emptied: (object: PackageRevisionResources) => PackageRevisionResources = (object) => ({
      ...object,
      spec: {},
    });
    await expect(packages.edit(name, { "a.yaml": null, "b.yaml": null })).rejects.toThrow("spec would hold no file");
    await expect(packages.replace(emptied(await packages.contents(name)))).rejects.toThrow("spec would hold no file");
    expect(await inGit("emptied")).toEqual(FILES);
    const { metadata, ...object } = await packages.contents(name);
    const annotations = { ...metadata.annotations, "pkg.pkgserver.dev/allow-empty": "true" };
    await packages.replace(emptied({ ...object, metadata: { ...metadata, annotations } }));
    await packages.waitForAcknowledgement(name);
    expect(await git("ls-tree", "-r", "emptied/one", "emptied/")).toBe("");
    // The draft is still there, and goes on.
    await packages.save(name, { "c.yaml": "c: 1\n" });
    await packages.waitForReason(name, "Draft");
    expect(await inGit("emptied")).toEqual({ "c.yaml": "c: 1\n" });
  });

  it("the objects are made and removed by the operator alone", async () => {
    const name = await begin("owned");
    const { spec, ...kind } = await packages.contents(name);
    const copy = { ...kind, metadata: { name: `${name}-copy` }, spec };
    for (const user of ["alice", "carol", "admin"] as const) {
      const refused = user === "admin" ? "by the operator" : "cannot";
      const path = "packagerevisionresourceses";
      await expect(packages.request(user, "create", path, copy)).rejects.toThrow(refused);
      await expect(packages.request(user, "delete", `${path}/${name}`)).rejects.toThrow(refused);
    }
    await expect(packages.edit(name, { "c.yaml": "c: 1\n" }, "dave")).rejects.toThrow("cannot patch");
    await expect(packages.edit(name, { "c.yaml": "c: 1\n" }, "bob")).rejects.toThrow("cannot patch");
  });
});
