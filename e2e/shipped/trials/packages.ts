import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { ANNOTATION_CHANGED_BY } from "../../../src/api/v1alpha1/well-known.ts";
import { pushExternally } from "../../testenv/external-push.ts";
import { cloneRepository } from "../documented-shell.ts";
import { createRepository, fill, id, type Trial } from "./trial.ts";

/** Of package revisions and their files. */
export const PACKAGE_TRIALS: readonly Trial[] = [
  {
    command: "/changed-by",
    run: async (script, context) => {
      const { packages, shell } = context;
      const repository = await createRepository(context, { approval: { fourEyes: true } });
      const name = `catalog.${repository}.net.named`;
      const manifest = {
        apiVersion: "pkg.pkgserver.dev/v1alpha1",
        kind: "PackageRevision",
        metadata: { name },
        spec: { packageRevID: id(repository, "named"), tasks: [{ type: "init" }] },
      };
      await writeFile(join(shell.dir, "draft.yaml"), JSON.stringify(manifest));
      await shell.run(fill(script, { NAME: name }));
      const { metadata, status } = await packages.waitForReason(name, "Proposed");
      expect(status).toMatchObject({ attribution: "Complete", proposal: { by: "admin" } });
      expect(metadata.annotations).toMatchObject({ [ANNOTATION_CHANGED_BY]: "admin" });
      await packages.approve(name);
      await packages.waitForReason(name, "Published");
    },
  },
  {
    command: "spec: { approvals:",
    run: async (script, context) => {
      const { packages, shell } = context;
      const repository = await createRepository(context, { approval: { required: 2 } });
      const draft = await packages.createDraft(id(repository, "one"), { "a.yaml": "a: 1\n" });
      await packages.propose(draft);
      await packages.approve(draft);
      await packages.waitForReason(draft, "WaitingForApproval");
      await shell.run(fill(script, { NAME: draft }));
      const { status } = await packages.waitForReason(draft, "Published");
      expect(status?.approvals?.map(({ by }) => by)).toEqual(["bob", "admin"]);
    },
  },
  {
    command: "--patch-file",
    run: async (script, context) => {
      const { packages, shell } = context;
      const draft = await packages.createDraft(id(await createRepository(context), "one"));
      const folder = join(shell.dir, "upload");
      await mkdir(folder);
      const files = { "a.yaml": "a: 1\n", "README.md": `# "Quoted" ${"long ".repeat(50_000)}\n` };
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
      await shell.run(fill(script.replace("web/storefront", folder), { NAME: draft }));
      const { spec } = await packages.waitForAcknowledgement(draft);
      expect(spec.resources).toEqual(files);
    },
  },
  {
    command: "[.]page-",
    run: async (script, context) => {
      const { env, packages, shell } = context;
      const name = await createRepository(context);
      const long = `# ${"long ".repeat(60_000)}\n`;
      await pushExternally(env.git, name, { files: { "net/a.yaml": long, "net/b.yaml": long }, tags: ["net/v1"] });
      await env.sync(name);
      const draft = await packages.createDraft(id(name, "one"));
      await packages.propose(draft);
      const output = await shell.run(fill(script, { NAME: draft }));
      expect(output).toContain(`  name: ${draft}.page-2\n`);
    },
  },
  {
    command: "git diff --stat --summary",
    run: async (script, context) => {
      const { env, packages, shell } = context;
      const name = await createRepository(context);
      await packages.createPublished(id(name, "one"), { "a.yaml": "a: 1\n", "b.yaml": "b: 1\n" });
      const clone = await cloneRepository(env, name, shell.dir);
      const draft = await packages.createDraft(id(name, "two"), { "a.yaml": "a: 2\n", "c.yaml": "c: 1\n" });
      const { commit } = (await packages.propose(draft)).status?.proposal ?? {};
      await packages.createPublished({ ...id(name, "one"), package: "other" }, { "a.yaml": "a: 1\n" });
      const output = await shell.run(fill(script, { NAME: draft }), { cwd: clone });
      expect(output).toContain(`commit ${commit}\n`);
      expect(output).toContain(" create mode 100644 net/c.yaml\n");
      expect(output).toContain(" delete mode 100644 net/b.yaml\n");
      expect(output).toContain("\n-a: 1\n+a: 2\n");
      expect(output).not.toContain("other/");
    },
  },
  {
    command: "confirm-base",
    run: async (script, context) => {
      const { packages, shell } = context;
      const name = await createRepository(context);
      await packages.createPublished(id(name, "one"), { "a.yaml": "a: 1\n" });
      const late = await packages.createDraft(id(name, "late"), { "a.yaml": "a: 3\n" });
      await packages.createPublished(id(name, "two"), { "a.yaml": "a: 2\n" });
      await packages.propose(late);
      await packages.approve(late);
      await packages.waitForReason(late, "OutdatedBase");
      await shell.run(fill(script, { NAME: late, VALUE: "v2" }));
      await packages.waitFor(late, "is v3", ({ status }) => status?.revision === "v3");
    },
  },
  {
    command: "rebase-requested-by",
    run: async (script, context) => {
      const { packages, shell } = context;
      const name = await createRepository(context);
      await packages.createPublished(id(name, "one"), { "a.yaml": "a: 1\n" });
      const late = await packages.createDraft(id(name, "late"), { "a.yaml": "a: 1\n", "b.yaml": "b: 1\n" });
      await packages.createPublished(id(name, "two"), { "a.yaml": "a: 2\n" });
      await shell.run(fill(script, { NAME: late, USER: "admin" }));
      await packages.waitFor(late, "is rebased", ({ status }) => status?.base?.revision === "v2");
    },
  },
  {
    command: "show-contents",
    run: async (script, context) => {
      const { packages, shell } = context;
      const name = await createRepository(context, { contents: "Drafts" });
      const { metadata } = await packages.createPublished(id(name, "one"), { "a.yaml": "a: 1\n" });
      const isGitOnly = (expected: boolean) =>
        packages.waitFor(metadata.name, `is${expected ? "" : " not"} GitOnly`, ({ status }) =>
          expected ? status?.contents === "GitOnly" : status?.contents === undefined,
        );
      await isGitOnly(true);
      const [show = "", hide = ""] = fill(script, { NAME: metadata.name }).trim().split("\n");
      await shell.run(show);
      await isGitOnly(false);
      await shell.run(hide);
      await isGitOnly(true);
    },
  },
  {
    command: "kubectl auth whoami",
    run: async (script, { env, shell }) => {
      const name = "edge1.deployments.web.storefront.first";
      await shell.run(
        `sed "s#https://git.example.com/platform#$GIT_URL#" examples/repositories.yaml | kubectl apply -f -`,
      );
      await shell.run("(cat examples/draft-clone.yaml; echo '  lifecycle: proposed') | kubectl apply -f -");
      await env.waitFor(name, "is proposed", ({ status }) => status?.lifecycle === "proposed");
      await shell.run(script);
      const published = await env.waitFor(name, "is published", ({ status }) => status?.lifecycle === "published");
      expect(published.status).toMatchObject({ revision: "v1", publishedBy: "admin" });
    },
  },
];
