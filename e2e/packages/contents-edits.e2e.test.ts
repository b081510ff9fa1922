import { createHash } from "node:crypto";
import { describe, expect } from "vitest";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import type { Kubectl } from "../harness/kubectl.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader, type GitReader } from "../testenv/git-reader.ts";
import type { Files, Packages } from "../testenv/packages.ts";

const it = testWithEnv("contents").extend("git", { scope: "file" }, async ({ env }) =>
  createGitReader(env.git, "blue"),
);

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("blue");
  await env.register("blue");
});

const FILES = { "a.yaml": "a: 1\n", "b.yaml": "b: 1\n" };

/** A draft with two files. */
const createDraft = (packages: Packages, name: string) =>
  packages.createDraft({ repository: "blue", package: name, workspace: "one" }, FILES);
const filesInGit = (git: GitReader, name: string) => git.files(`${name}/one`, name);

describe.concurrent("contents: an edit with kubectl", () => {
  const manifest = (name: string, spec: object): string =>
    JSON.stringify({
      apiVersion: "pkg.pkgserver.dev/v1alpha1",
      kind: "PackageRevisionResources",
      metadata: { name },
      spec,
    });
  interface EditCase {
    readonly title: string;
    /** Edits the contents object `name`, which has the files FILES. */
    readonly edit: (kubectl: Kubectl, name: string) => Promise<unknown>;
    readonly expected: Files;
  }
  const cases: readonly EditCase[] = [
    {
      title: "merges files of a merge patch, as `kubectl edit` sends it, and deletes those that are null",
      edit: (kubectl, name) =>
        kubectl(
          "patch",
          "pkgres",
          name,
          "--type=merge",
          '-p={"spec":{"resources":{"a.yaml":null,"c.yaml":"c: 1\\n"}}}',
        ),
      expected: { "b.yaml": "b: 1\n", "c.yaml": "c: 1\n" },
    },
    {
      title: "applies a JSON patch",
      edit: (kubectl, name) =>
        kubectl(
          ...["patch", "pkgres", name, "--type=json"],
          '-p=[{"op":"replace","path":"/spec/resources/a.yaml","value":"a: 2\\n"},' +
            '{"op":"remove","path":"/spec/resources/b.yaml"}]',
        ),
      expected: { "a.yaml": "a: 2\n" },
    },
    {
      title: "merges files of a server-side apply",
      edit: (kubectl, name) =>
        kubectl.applyYaml(manifest(name, { resources: { "c.yaml": "c: 1\n" } }), "--server-side", "--field-manager=ci"),
      expected: { ...FILES, "c.yaml": "c: 1\n" },
    },
    {
      title: "deletes files that a manager applied before and leaves out of its next server-side apply",
      edit: async (kubectl, name) => {
        const flags = ["--server-side", "--field-manager=ci", "--force-conflicts"];
        await kubectl.applyYaml(manifest(name, { resources: { "c.yaml": "c: 1\n", "d.yaml": "d: 1\n" } }), ...flags);
        await kubectl.applyYaml(manifest(name, { resources: { "d.yaml": "d: 1\n" } }), ...flags);
      },
      expected: { ...FILES, "d.yaml": "d: 1\n" },
    },
    {
      title: "merges files of a client-side apply",
      edit: (kubectl, name) => kubectl.applyYaml(manifest(name, { resources: { "a.yaml": "a: 2\n" } })),
      expected: { ...FILES, "a.yaml": "a: 2\n" },
    },
    {
      title: "deletes files that a replace leaves out",
      edit: (kubectl, name) =>
        kubectl.withInput(manifest(name, { resources: { "a.yaml": "a: 2\n" } }), "replace", "-f", "-"),
      expected: { "a.yaml": "a: 2\n" },
    },
  ];
  it.for(cases.map((one, index) => ({ ...one, index })))(
    "$title",
    async ({ edit, expected, index }, { env, packages, git }) => {
      const name = await createDraft(packages, `edit-${index}`);
      await edit(env.as("alice"), name);
      expect((await packages.waitForAcknowledgement(name)).spec.resources).toEqual(expected);
      expect(await filesInGit(git, `edit-${index}`)).toEqual(expected);
      // Also where the manifest has no owner reference.
      expect((await packages.contents(name)).metadata.ownerReferences).toMatchObject([
        { kind: "PackageRevision", name },
      ]);
    },
  );
});

describe.concurrent("contents: a write", () => {
  it("is refused with the name of a file that is too large for an object, and no file of the edit reaches Git", async ({
    packages,
    git,
  }) => {
    const name = await createDraft(packages, "large");
    const large = "x".repeat(1_200_000);
    await packages.edit(name, { "large.txt": large, "b.yaml": "b: 2\n" });
    const { status } = await packages.waitForReason(name, "FileTooLarge");
    expect(status?.conditions?.find((one) => one.type === "Ready")?.message).toContain(
      '"large.txt" on page 1 takes more than 1048576 bytes of JSON',
    );
    expect(await filesInGit(git, "large")).toEqual(FILES);
    expect((await packages.contents(name)).spec.resources?.["large.txt"]).toBe(large);
    await packages.edit(name, { "large.txt": null });
    await packages.waitForAcknowledgement(name);
    expect(await filesInGit(git, "large")).toEqual({ ...FILES, "b.yaml": "b: 2\n" });
  });

  it("keeps the bytes of text and binary files, and file modes", async ({ env, packages, git }) => {
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

  it("is refused if it leaves no file, unless an annotation allows that", async ({ packages, git }) => {
    const name = await createDraft(packages, "emptied");
    const emptied: (object: PackageRevisionResources) => PackageRevisionResources = (object) => ({
      ...object,
      spec: {},
    });
    await expect(packages.edit(name, { "a.yaml": null, "b.yaml": null })).rejects.toThrow("spec would hold no file");
    await expect(packages.replace(emptied(await packages.contents(name)))).rejects.toThrow("spec would hold no file");
    expect(await filesInGit(git, "emptied")).toEqual(FILES);
    const { metadata, ...object } = await packages.contents(name);
    const annotations = { ...metadata.annotations, "pkg.pkgserver.dev/allow-empty": "true" };
    await packages.replace(emptied({ ...object, metadata: { ...metadata, annotations } }));
    await packages.waitForAcknowledgement(name);
    expect(await git("ls-tree", "-r", "emptied/one", "emptied/")).toBe("");
    // The draft still exists, and takes edits.
    await packages.save(name, { "c.yaml": "c: 1\n" });
    await packages.waitForReason(name, "Draft");
    expect(await filesInGit(git, "emptied")).toEqual({ "c.yaml": "c: 1\n" });
  });

  it("cannot create or delete contents objects: the operator does", async ({ packages }) => {
    const name = await createDraft(packages, "owned");
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
