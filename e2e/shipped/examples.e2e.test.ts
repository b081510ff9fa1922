import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect } from "vitest";
import { parseAllDocuments } from "yaml";
import { writeKubeconfig } from "../harness/kubeconfig.ts";
import { kubectlAs } from "../harness/kubectl.ts";
import { endProcess, launchProcess } from "../harness/processes.ts";
import { waitUntil } from "../harness/wait.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import type { TestEnv } from "../testenv/testenv.ts";
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
  .extend("gateProgram", { scope: "file" }, async ({ env }, { onCleanup }) => {
    const dir = await mkdtemp(join(tmpdir(), "gate-"));
    const kubeconfig = await loginAsScanner(env, dir);
    const program = await launchProcess({
      command: process.execPath,
      args: [join(folder, "gate", "gate.ts"), env.namespace],
      env: { KUBECONFIG: kubeconfig },
      logFile: join(dir, "log"),
    });
    onCleanup(async () => {
      await endProcess(program.ref);
      await rm(dir, { recursive: true, force: true });
    });
    return { username: `system:serviceaccount:${env.namespace}:scanner` };
  })
  .extend("storefront", { scope: "file" }, async ({ env, packages, example }) => {
    await env.as("alice").applyYaml(await example("draft-clone.yaml"));
    await packages.waitForReason("edge1.deployments.web.storefront.first", "Draft");
    return await packages.publish("edge1.deployments.web.storefront.first");
  });

/** A kubeconfig with a token of the ServiceAccount of examples/gate/role.yaml. */
async function loginAsScanner(env: TestEnv, dir: string): Promise<string> {
  await env.as("admin").applyYaml(await readFile(join(folder, "gate", "role.yaml"), "utf8"));
  const token = (await env.as("admin")("create", "token", "scanner")).trim();
  env.registerSecret(token);
  const { server, caFile } = env.controlPlane;
  return await writeKubeconfig(join(dir, "kubeconfig"), { server, caFile, user: "scanner", token });
}

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

  it("hold a proposal until the gate program passes its contents: draft-gated, gate", async ({
    env,
    packages,
    example,
    gateProgram,
    requestAs,
  }) => {
    await env.as("alice").applyYaml(await example("draft-gated.yaml"));
    await packages.waitForReason(GATED, "Draft");
    await packages.save(GATED, { "cache.yaml": "kind: StatefulSet\nimage: redis:latest\n" });
    await packages.setLifecycle(GATED, "proposed");
    const waits = await packages.waitFor(GATED, "waits for the gate", (one) => {
      const ready = one.status?.conditions?.find(({ type }) => type === "Ready");
      return ready?.message.includes("it is False (LatestTag): image with the tag latest in cache.yaml") ?? false;
    });
    expect(waits.status).toMatchObject({ lifecycle: "draft", waitingFor: ["WaitingForGate"] });
    // It stays editable while it waits.
    await packages.save(GATED, { "cache.yaml": "kind: StatefulSet\nimage: redis:7\n" });
    const proposed = await packages.waitForReason(GATED, "Proposed");
    const verdict = { conditionType: "example.com/scanned", status: "True", reason: "Clean" };
    expect(proposed.status?.gates).toEqual([{ ...verdict, digest: proposed.status?.contentDigest }]);
    const published = await packages.publish(GATED);
    expect(published.spec.inputs).toEqual([expect.objectContaining({ data: { region: "eu-north" } })]);
    // Its role is no way to anything else in status.
    const path = `pkg.pkgserver.dev/v1alpha1/namespaces/${env.namespace}/packagerevisions/${GATED}/status`;
    for (const [status, refused] of [
      [{ publishedBy: "scanner" }, "status.publishedBy is written by the operator alone"],
      [{ gates: [...(proposed.status?.gates ?? []), { ...verdict, conditionType: "a", digest: "b" }] }, "gate a"],
    ] as const) {
      const response = await requestAs(gateProgram, "merge", path, { status });
      expect(response.body.message).toContain(refused);
    }
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
