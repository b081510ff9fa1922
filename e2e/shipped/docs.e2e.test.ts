import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { ANNOTATION_CHANGED_BY, ANNOTATION_SYNC } from "../../src/api/v1alpha1/well-known.ts";
import { Keyring } from "../../src/storage/git/signing/keyring.ts";
import { resolveHelm } from "../harness/binaries.ts";
import { startControlPlane } from "../harness/control-plane.ts";
import { applyManifests } from "../harness/install.ts";
import { kubectlAs } from "../harness/kubectl.ts";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { has } from "../testenv/needs.ts";
import type { PackageID, Packages } from "../testenv/packages.ts";
import type { TestEnv } from "../testenv/testenv.ts";
import { cloneRepository, type DocumentedShell, testWithShell } from "./documented-shell.ts";
import { standInCrds } from "./foreign-kinds.ts";
import { callsMakeOnly, inlineCommands, markdownPages, root, shellBlocks } from "./markdown.ts";
import { deleteNamespace, expectNamespaceIsEmpty, expectNothingLeft, withoutOperator } from "./without-operator.ts";

const why = "a test replaces and deletes a history by force here, and an administrator accepts it";
const it = testWithShell("docs", {
  end: { exceptions: [5 as const, 6 as const].map((invariant) => ({ invariant, why })) },
});

interface Context {
  readonly env: TestEnv;
  readonly packages: Packages;
  readonly shell: DocumentedShell;
}

/** How a block of the docs is tried: in a situation in which a reader needs it. */
interface Trial {
  /** Every block that has this text. */
  readonly command: string;
  readonly run: (script: string, context: Context) => Promise<void>;
}

const id = (repository: string, workspace: string): PackageID => ({ repository, package: "net", workspace });

/** Replaces the placeholders of the docs. */
function fill(script: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce(
    (text, [name, value]) => text.replaceAll(new RegExp(`\\b${name}\\b`, "g"), value),
    script,
  );
}

let created = 0;

/** Creates and registers a repository of its own for one trial. Returns its name. */
async function createRepository({ env }: Context, more: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const name = `docs-${++created}`;
  await env.git.createRepository(name);
  await env.register(name, more);
  return name;
}

/** Applies an example of docs/variants.md, with Repositories of its own. Returns it. */
async function applyExample(context: Context, index: number): Promise<string> {
  const { env, packages } = context;
  const catalog = await createRepository(context);
  const deployments = await createRepository(context, { deployment: true });
  const storefront = { repository: catalog, realm: "web", package: "storefront", workspace: "one" };
  await packages.createPublished(storefront, { "a.yaml": "kind: A\n" });
  const page = await readFile(join(root, "docs/variants.md"), "utf8");
  const [, example = ""] = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)][index] ?? [];
  const manifest = example.replace(": catalog\n", `: ${catalog}\n`).replace(": deployments\n", `: ${deployments}\n`);
  await env.as("admin").applyYaml(manifest);
  return manifest;
}

const TRIALS: readonly Trial[] = [
  {
    command: "kubectl get pkgvarset",
    run: async (script, context) => {
      const manifest = await applyExample(context, 1);
      expect(manifest).toContain("kind: PackageVariantSet");
      const output = await context.shell.run(fill(script, { NAME: "storefronts" }));
      expect(output).toMatch(/^storefronts +True +UpToDate +2 +0 /m);
      expect(output).toMatch(/^storefronts[.]edge1 .*^storefronts[.]edge2 /ms);
    },
  },
  {
    command: "kubectl get pkgvar NAME",
    run: async (script, context) => {
      await applyExample(context, 0);
      const output = await context.shell.run(fill(script, { NAME: "storefront-edge1" }));
      expect(output).toMatch(/storefront-edge1 +True +DraftReady +storefront +v1 +edge1 +storefront .* edge1[.]docs-/);
    },
  },
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
    command: "git verify-tag",
    run: async (script, context) => {
      const { env, packages, shell } = context;
      const name = await createRepository(context);
      await packages.createPublished(id(name, "one"), { "a.yaml": "a: 1\n" });
      const clone = await cloneRepository(env, name, shell.dir);
      const values = { "edge1/web/storefront/v1": "net/v1", "pkgserver-system": env.namespace };
      await shell.run(fill(script, values), { cwd: clone });
    },
  },
  {
    command: "ssh-keygen",
    run: async (script, { env, shell }) => {
      const namespace = `${env.namespace}-key`;
      await shell.run(`kubectl create namespace ${namespace}`);
      await shell.run(fill(script, { "pkgserver-system": namespace }));
      const path = "jsonpath={.data.ssh-privatekey}";
      const key = await shell.run(
        `kubectl get secret pkgserver-signing-key --namespace ${namespace} --output='${path}'`,
      );
      expect(Keyring.publicKeyOf(Buffer.from(key, "base64").toString())).toMatch(/^AAAA/);
    },
  },
  {
    command: "tag --sign",
    run: async (script, context) => {
      const { env, shell } = context;
      const name = "docs-signed";
      await env.git.createRepository(name, { seed: { "web/storefront/a.yaml": "a: 1\n" } });
      const verification = { mode: "Tag", secretRef: { name: "release-keys" } };
      const cwd = await cloneRepository(env, name, shell.dir);
      await shell.run("ssh-keygen -q -t ed25519 -N '' -f ann; git config user.name ann; git config user.email a@b", {
        cwd,
      });
      await shell.run(script, { cwd });
      await shell.run("git push --quiet origin web/storefront/v1", { cwd });
      await env.register(name, { verification });
      await env.waitForReason(`catalog.${name}.web.storefront.v1`, "Published");
    },
  },
  {
    command: "kubectl delete validatingadmissionpolicybinding",
    run: async (script, { shell }) => {
      // Policies are cluster-wide, and other tests rely on them.
      const dir = await mkdtemp(join(tmpdir(), "pkgserver-mend-"));
      const controlPlane = await startControlPlane({ dir });
      try {
        const inCluster = (text: string) => `export KUBECONFIG='${controlPlane.kubeconfigs.admin}'\n${text}`;
        const install = "helm install pkgserver helm/pkgserver --namespace pkgserver-system --create-namespace";
        await runHelm(shell, inCluster(install));
        await runHelm(shell, inCluster(fill(script, { NAME: "pkgserver-approval" })));
        await shell.run(inCluster("kubectl get validatingadmissionpolicybinding pkgserver-approval"));
      } finally {
        await controlPlane.stop();
        await rm(dir, { recursive: true });
      }
    },
  },
  {
    command: "--take-ownership",
    run: async (script, { shell }) => {
      const dir = await mkdtemp(join(tmpdir(), "pkgserver-own-"));
      const controlPlane = await startControlPlane({ dir });
      try {
        // As `make install` does, and then as a release of another name.
        await applyManifests(kubectlAs(controlPlane, "admin"));
        const inCluster = (text: string) => `export KUBECONFIG='${controlPlane.kubeconfigs.admin}'\n${text}`;
        await expect(
          runHelm(shell, inCluster(script.replace(" --take-ownership --force-conflicts", ""))),
        ).rejects.toThrow("ownership");
        await runHelm(shell, inCluster(script));
        await runHelm(shell, inCluster("helm uninstall pkgserver --namespace pkgserver-system"));
        await runHelm(shell, inCluster(script.replace("install pkgserver", "install packages")));
        const path = "jsonpath={.metadata.annotations.meta\\.helm\\.sh/release-name}";
        const crd = `kubectl get crd repositories.config.pkg.pkgserver.dev --output='${path}'`;
        expect(await shell.run(inCluster(crd))).toBe("packages");
      } finally {
        await controlPlane.stop();
        await rm(dir, { recursive: true });
      }
    },
  },
  {
    command: "helm uninstall",
    run: async (script, { shell }) => {
      const chart = "helm install pkgserver helm/pkgserver --namespace pkgserver-system --create-namespace";
      await withoutOperator(
        async ({ scriptFor }) => await runHelm(shell, scriptFor(chart)),
        async (cluster) => {
          await runHelm(shell, cluster.scriptFor(script));
          await expectNothingLeft(cluster);
        },
      );
    },
  },
  {
    command: "-f helm/pkgserver/files/policies/mutating/",
    run: async (script, { shell }) =>
      await withoutOperator(
        async ({ admin }) => await applyManifests(admin),
        async (cluster) => {
          const [uninstall] = blocks.filter((one) => one.script.includes("helm uninstall"));
          const rest = uninstall?.script.split("\n").slice(1).join("\n");
          const lines = script.trim().split("\n");
          const first = lines.filter((line) => has("MutatingAdmissionPolicy") || !line.includes("/mutating/"));
          await shell.run(cluster.scriptFor(`${first.join("\n")}\n${rest}`), { cwd: root });
          await expectNothingLeft(cluster);
        },
      ),
  },
  {
    command: "xargs -r kubectl patch",
    run: async (script, { shell }) =>
      await withoutOperator(
        async ({ admin }) => await applyManifests(admin),
        async (cluster) => {
          await deleteNamespace(cluster);
          await shell.run(cluster.scriptFor(fill(script, { NAMESPACE: "team" })));
          await expectNamespaceIsEmpty(cluster);
        },
      ),
  },
  {
    command: "create rolebinding",
    run: async (script, { shell }) => {
      await shell.run(script);
      const asked = "kubectl auth can-i update packagerevisions.pkg.pkgserver.dev --subresource=approval --as=zoe";
      expect((await shell.run(`${asked} --as-group=package-approvers`)).trim()).toBe("yes");
      expect((await shell.run(`${asked} || true`)).trim()).toBe("no");
    },
  },
  {
    command: "sync-requested-at",
    run: async (script, context) => {
      const { env, shell } = context;
      const name = await createRepository(context);
      await shell.run(fill(script, { NAME: name }));
      await waitUntil("the requested sync is done", async () => await env.repository(name), {
        until: ({ metadata, status }) =>
          status?.lastHandledSyncRequest !== undefined &&
          status.lastHandledSyncRequest === metadata.annotations?.[ANNOTATION_SYNC],
      });
    },
  },
  {
    command: "list-skipped",
    run: async (script, context) => {
      const { env, shell } = context;
      const name = await createRepository(context);
      await pushExternally(env.git, name, { files: { "README.md": "odd\n" }, tags: ["web/odd", "other"] });
      await env.sync(name);
      await shell.run(fill(script, { NAME: name }));
      await waitUntil("the refs are listed", async () => (await env.repository(name)).status?.skipped, {
        until: (skipped) => skipped?.map(({ ref }) => ref).join() === "refs/tags/web/odd",
      });
    },
  },
  {
    command: "kubectl get lease",
    run: async (script, context) => {
      const { env, shell } = context;
      const name = await createRepository(context);
      const output = await shell.run(fill(script, { "pkgserver-system": env.namespace }));
      expect(output).toMatch(
        new RegExp(` LAST-SYNC .*\\n(.*\\n)*${env.namespace} +${name} +True +Synced .* \\d+[ms] `),
      );
      const renewed = Date.parse(output.trim().split("\n").at(-1) ?? "");
      expect(Date.now() - renewed).toBeLessThan(15_000);
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
    command: "confirm-history",
    run: async (script, context) => {
      const { env, packages, shell } = context;
      const name = await createRepository(context);
      await packages.createPublished(id(name, "one"), { "a.yaml": "a: 1\n" });
      const git = async (...args: readonly string[]) => (await env.git.git(name, ...args)).trim();
      const before = await git("rev-parse", "main");
      await git("update-ref", "refs/heads/main", await git("rev-list", "--max-parents=0", "main"));
      const [after = ""] = await pushExternally(env.git, name, { files: { "net/a.yaml": "a: 1\n" } });
      await env.sync(name);
      await env.waitForRepository(name, "HistoryRewritten");
      await shell.run(fill(script, { NAME: name, BEFORE: before, AFTER: after }));
      await env.waitForRepository(name, "Synced");
    },
  },
  {
    command: "git push origin",
    run: async (script, context) => {
      const { env, packages, shell } = context;
      const name = await createRepository(context);
      await packages.createPublished(id(name, "one"), { "a.yaml": "a: 1\n" });
      const clone = await cloneRepository(env, name, shell.dir);
      await env.git.git(name, "update-ref", "-d", "refs/heads/main");
      // This sync fails: its answer is the reason.
      await shell.run(`kubectl annotate --overwrite pkgrepo ${name} ${ANNOTATION_SYNC}=deleted`);
      const { status } = await env.waitForRepository(name, "BranchNotFound");
      await shell.run(fill(script, { COMMIT: status?.commit ?? "" }), { cwd: clone });
      await env.sync(name);
      await env.waitForRepository(name, "Synced");
    },
  },
  {
    command: "allowed-hosts",
    run: async (script, context) => {
      const { env, shell } = context;
      const stringData = { username: "pkgserver", password: env.password };
      const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "bound" }, stringData };
      await env.as("admin").applyYaml(JSON.stringify(secret));
      const name = await createRepository(context);
      await shell.run(fill(script, { NAME: "bound" }));
      await env.applyRepository(name, {}, { credentials: "bound" });
      await env.waitForRepository(name, "HostNotAllowed");
      await env.as("admin")("delete", "pkgrepo", name);
    },
  },
  {
    command: "flux.yaml",
    // e2e/gitops runs it with Flux.
    run: async (script, { env, shell }) => {
      const admin = kubectlAs(env.controlPlane, "admin");
      const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "flux-system" } };
      await admin.applyYaml([...standInCrds(), namespace].map((one) => JSON.stringify(one)).join("\n---\n"));
      await shell.run("kubectl wait crd --all --for=condition=Established");
      await shell.run(script);
      await shell.run("kubectl get --namespace=flux-system gitrepository/deployments kustomization/edge1");
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
  {
    command: "helm install",
    // The cluster of the tests has the CRDs already: rendered, and not sent.
    run: async (script, { shell }) => {
      const output = await runHelm(shell, script.replace("helm install", "helm install --dry-run=client"));
      expect(output).toContain('image: "registry.example.com/pkgserver:');
    },
  },
  {
    command: "helm template",
    run: async (script, { shell }) => {
      const output = await runHelm(shell, script);
      for (const kind of ["Deployment", "CustomResourceDefinition", "MutatingAdmissionPolicy", "ClusterRole"])
        expect(output).toContain(`\nkind: ${kind}\n`);
    },
  },
  {
    command: "npx vitest run",
    run: async (script, { shell }) => {
      const output = await shell.run(script, { cwd: root });
      expect(output).toMatch(/[0-9]+ passed, 0 failed/);
    },
  },
];

async function runHelm({ run, dir }: DocumentedShell, script: string): Promise<string> {
  const bin = join(dir, "helm-bin");
  await mkdir(bin, { recursive: true });
  await symlink(await resolveHelm(), join(bin, "helm")).catch(() => {});
  return await run(`export PATH='${bin}':"$PATH"\n${script}`, { cwd: root });
}

/** Helm is built from its Go module if it is not in the cache: minutes, once. */
const LIMIT_MS = 30 * 60_000;
/** They have tests of their own. */
const STEPS: readonly string[] = ["README.md", "docs/kubectl.md"];
const pages = (await markdownPages()).filter(({ path }) => !STEPS.includes(path));
const blocks = pages.flatMap(shellBlocks).filter((block) => !callsMakeOnly(block));

describe("shell blocks of the docs", () => {
  it.for(blocks.map((block) => [block.page, block.script.split("\n")[0], block] as const))(
    "%s: %s",
    { timeout: LIMIT_MS },
    async ([, , { script }], { env, packages, shell }) => {
      const trial = TRIALS.find(({ command }) => script.includes(command));
      if (trial === undefined) throw new Error(`add a trial for this block:\n${script}`);
      await trial.run(script, { env, packages, shell });
    },
  );
});

describe("kubectl commands in sentences", () => {
  const commands = [...new Set(pages.flatMap((page) => inlineCommands(page, "kubectl")))];
  const isPlugin = (command: string) => command.startsWith("kubectl pkg ");

  // They name a command and an option, for packages of the reader: e2e/cli runs them.
  it.for(commands.filter(isPlugin))("%s is one that its help has", async (command, { env, shell }) => {
    const words = command.split(" ").slice(2);
    const options = words.filter((word) => word.startsWith("--"));
    const path = words.filter((word) => /^[a-z]+$/.test(word)).join(" ");
    const help = await shell.run(`export PATH="$PWD/dist/cli:$PATH"; kubectl pkg ${path} --help`);
    expect(help).toContain(`Usage: kubectl pkg ${path} `);
    for (const option of options) expect(help).toMatch(new RegExp(`^ .*${option}\\b`, "m"));
    expect(env.namespace).not.toBe("");
  });

  it.for(commands.filter((command) => !isPlugin(command)))("%s", async (command, { env, packages, shell }) => {
    const name = await createRepository({ env, packages, shell });
    if (!command.includes("pkgrev")) return void (await shell.run(fill(command, { NAME: name })));
    const draft = await packages.createDraft(id(name, "one"));
    await shell.run(fill(command, { NAME: draft, COMMIT: (await packages.get(draft)).status?.commit ?? "" }));
  });
});
