import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect } from "vitest";
import { parseAllDocuments } from "yaml";
import { kubectlAs } from "../harness/kubectl.ts";
import { waitUntil } from "../harness/wait.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { standInCrds } from "./foreign-kinds.ts";

const folder = join(import.meta.dirname, "..", "..", "examples");
const GATED = "edge1.deployments.web.cache.first";

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly [field: string]: unknown };
}

/** Reads an example, with the URLs and the password of the test's Git server, as a reader puts in their own. */
type ReadExample = (name: string) => Promise<string>;

/** The repositories of the examples, registered; `storefront` is the published package of draft-clone.yaml. */
const it = testWithEnv("examples")
  .extend("example", { scope: "file" }, async ({ env }): Promise<ReadExample> => {
    await env.git.createRepository("platform/catalog", { seed: await readCatalog() });
    await env.git.git("platform/catalog", "tag", "web/storefront/v1", "main");
    await env.git.createRepository("platform/deployments", { empty: true });
    const server = dirname(dirname(env.git.url("platform/catalog")));
    const example = async (name: string) => {
      const text = await readFile(join(folder, name), "utf8");
      return text.replaceAll("https://git.example.com", server).replace("a password or an access token", env.password);
    };
    await env.as("admin").applyYaml(await example("secrets.yaml"));
    await env.as("admin").applyYaml(await example("repositories.yaml"));
    await Promise.all(["catalog", "deployments"].map((name) => env.waitForRepository(name, "Synced")));
    return example;
  })
  .extend("storefront", { scope: "file" }, async ({ env, packages, example }) => {
    await env.as("alice").applyYaml(await example("draft-clone.yaml"));
    await packages.waitForReason("edge1.deployments.web.storefront.first", "Draft");
    return await packages.publish("edge1.deployments.web.storefront.first");
  });

async function readCatalog(): Promise<Readonly<Record<string, string>>> {
  const storefront = join(folder, "catalog", "web", "storefront");
  const files = (await readdir(storefront)).map(
    async (file) => [`web/storefront/${file}`, await readFile(join(storefront, file), "utf8")] as const,
  );
  return Object.fromEntries(await Promise.all(files));
}

function manifestsOf(text: string): readonly Manifest[] {
  return parseAllDocuments(text).map((document) => document.toJS({}) as Manifest);
}

describe("examples", () => {
  it("are YAML with a kind and a name", async ({ example }) => {
    const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".yaml"));
    for (const name of names.filter((one) => !one.startsWith("catalog"))) {
      for (const manifest of manifestsOf(await example(name))) {
        expect(manifest, name).toMatchObject({ kind: expect.any(String), metadata: { name: expect.any(String) } });
      }
    }
  });

  it.for(["draft-init.yaml", "draft-clone.yaml", "draft-next.yaml", "draft-gated.yaml"])(
    "%s is valid for an editor, without unknown fields",
    async (name, { env, example }) => {
      await env.as("alice").applyYaml(await example(name), "--validate=strict", "--dry-run=server");
    },
  );

  it("create a blueprint: draft-init", async ({ env, packages, example }) => {
    await env.as("alice").applyYaml(await example("draft-init.yaml"));
    await packages.waitForReason("catalog.catalog.web.backend.first", "Draft");
    const { spec } = await packages.contents("catalog.catalog.web.backend.first");
    expect(Object.keys(spec.resources ?? {})).toEqual(["README.md", "package-context.yaml"]);
  });

  it("clone a blueprint, and begin the next draft from its publication: draft-clone, draft-next", async ({
    env,
    packages,
    example,
    storefront,
  }) => {
    expect(storefront.status).toMatchObject({ revision: "v1", upstreamLock: { revision: "v1" } });
    await env.as("alice").applyYaml(await example("draft-next.yaml"));
    const next = await packages.waitForReason("edge1.deployments.web.storefront.second", "Draft");
    expect(next.status?.base?.revision).toBe("v1");
  });

  it("hold a proposal until its gate is True: draft-gated, gate-passed", async ({ env, packages, example }) => {
    await env.as("alice").applyYaml(await example("draft-gated.yaml"));
    await packages.waitForReason(GATED, "Draft");
    await packages.setLifecycle(GATED, "proposed");
    const waiting = await packages.waitForReason(GATED, "WaitingForGate");
    expect(waiting.status).toMatchObject({ lifecycle: "draft", waitingFor: ["WaitingForGate"] });
    // It stays editable while it waits.
    await packages.save(GATED, { "cache.yaml": "kind: StatefulSet\n" });
    const verdict = ["apply", "--server-side", "--subresource=status", "--field-manager=scanner", "-f", "-"];
    await env.as("admin").withInput(await example("gate-passed.yaml"), ...verdict);
    const proposed = await packages.waitForReason(GATED, "Proposed");
    expect(proposed.status?.conditions?.map((one) => one.type).sort()).toEqual([
      "FilesValid",
      "Ready",
      "example.com/scanned",
    ]);
    const published = await packages.publish(GATED);
    expect(published.spec.inputs).toEqual([expect.objectContaining({ data: { region: "eu-north" } })]);
  });

  it("point Flux and Argo CD at published packages", async ({ env, example, storefront }) => {
    // Without a namespace: the examples name theirs.
    const admin = kubectlAs(env.controlPlane, "admin");
    const crds = standInCrds().map((one) => JSON.stringify(one));
    const namespaces = ["flux-system", "argocd"].map((name) =>
      JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name } }),
    );
    const apply = async (text: string) => await admin.applyYaml(text, "--validate=strict", "--dry-run=server");
    await admin.applyYaml([...crds, ...namespaces].join("\n---\n"));
    await waitUntil("the stand-ins are served", async () => await apply(await example("gitops/flux.yaml")));
    await waitUntil("the stand-ins are served", async () => await apply(await example("gitops/argocd.yaml")));

    const [source, kustomization] = manifestsOf(await example("gitops/flux.yaml"));
    const [application] = manifestsOf(await example("gitops/argocd.yaml"));
    const { url } = (await env.repository("deployments")).spec.git ?? {};
    expect(source?.spec).toMatchObject({ url, ref: { branch: "main" } });
    expect(application?.spec).toMatchObject({ source: { repoURL: url, targetRevision: "main" } });
    expect(kustomization?.spec).toMatchObject({ sourceRef: { kind: source?.kind, name: source?.metadata.name } });
    const argo = application?.spec.source as { path: string } | undefined;
    const paths = [kustomization?.spec.path, argo?.path];
    for (const path of paths.map((one) => String(one).replace(/^\.\//, ""))) {
      const files = await env.git.git("platform/deployments", "ls-tree", "-r", "--name-only", "main", `${path}/`);
      expect(files).toContain("edge1/web/storefront/deployment.yaml\n");
    }
    // The comments name the tag as an alternative to main.
    const tag = `refs/tags/edge1/web/storefront/${storefront.status?.revision}`;
    expect(tag).toBe("refs/tags/edge1/web/storefront/v1");
    await env.git.git("platform/deployments", "rev-parse", "--verify", tag);
  });
});

/** Documents that users have from pkgserver: the same groups, kinds, fields and tasks. */
describe("documents of pkgserver", () => {
  const repository = (name: string, deployment: boolean, git: object) => ({
    apiVersion: "config.pkg.pkgserver.dev/v1alpha1",
    kind: "Repository",
    metadata: { name },
    spec: { type: "git", deployment, git },
  });
  const revision = (name: string, spec: object) => ({
    apiVersion: "pkg.pkgserver.dev/v1alpha1",
    kind: "PackageRevision",
    metadata: { name },
    spec: { lifecycle: "draft", ...spec },
  });
  const id = { target: "dummy", repository: "repo-target", realm: "nf", package: "example", workspace: "ws1" };

  it.for<[string, object]>([
    [
      "a catalog without credentials",
      repository("repo-catalog", false, { url: "https://git.example.com/catalog.git" }),
    ],
    [
      "a target with ref, directory and a Secret",
      repository("repo-target", true, {
        url: "https://git.example.com/target.git",
        ref: "main",
        directory: "packages",
        credentials: "git-token",
      }),
    ],
    ["a draft by init", revision("dummy.repo-target.nf.example.ws1", { packageRevID: id, tasks: [{ type: "init" }] })],
    [
      "a draft by clone",
      revision("dummy.repo-target.nf.example.ws1", {
        packageRevID: id,
        tasks: [{ type: "clone" }],
        upstream: { target: "catalog", repository: "repo-catalog", realm: "nf", package: "example", revision: "v1" },
        updatePolicy: "strict",
        inputs: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "context" }, data: { node: "a" } }],
        readinessGates: [{ conditionType: "pkg.pkgserver.dev/policy" }],
      }),
    ],
  ])("%s is valid, without unknown fields", async ([, manifest], { env }) => {
    await env.as("admin").applyYaml(JSON.stringify(manifest), "--validate=strict", "--dry-run=server");
  });
});
