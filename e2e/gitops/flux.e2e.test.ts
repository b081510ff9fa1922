import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { startFlux } from "../harness/flux.ts";
import { waitUntil } from "../harness/wait.ts";
import { testWithShell } from "../shipped/documented-shell.ts";
import { root, shellBlocks } from "../shipped/markdown.ts";
import type { ApiClient } from "../testenv/api-client.ts";
import type { PackageID } from "../testenv/packages.ts";

interface LiveObject {
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly message: string }[] };
}

/** What Flux has made of Git. */
interface Target {
  /** Requests a fetch, and waits until an object is as wanted (undefined: until it is gone). */
  becomes(path: string, wanted: object | undefined): Promise<void>;
  /** Names of all ConfigMaps of a namespace. */
  configMaps(namespace: string): Promise<readonly string[]>;
}

const SOURCES = "/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories";
const KUSTOMIZATIONS = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations";

/** The repositories of the examples, and Flux with `examples/gitops/flux.yaml`, as the docs say. */
const it = testWithShell("gitops").extend(
  "target",
  { scope: "file" },
  async ({ env, shell, requestAs }, { onCleanup }): Promise<Target> => {
    const url = (name: string) => ({ url: env.git.url(`platform/${name}`) });
    await env.register("catalog", {}, url("catalog"));
    await env.register("deployments", { deployment: true }, url("deployments"));
    const flux = await startFlux(env.controlPlane);
    onCleanup(async () => await flux.stop());
    // As Flux's own installation does.
    await shell.run("kubectl create namespace flux-system");
    const page = { path: "docs/packages.md", text: await readFile(join(root, "docs", "packages.md"), "utf8") };
    const documented = shellBlocks(page).find(({ script }) => script.includes("flux.yaml"));
    await shell.run(documented?.script ?? "exit 1");
    return createTarget(requestAs);
  },
);

function createTarget(requestAs: ApiClient): Target {
  const get = async <T>(path: string) => {
    const { code, body } = await requestAs("admin", "get", path);
    return { code, body: body as unknown as T };
  };
  /** What Flux says, for a wait that fails. */
  const explain = async () => {
    const { items } = (await get<{ items: readonly LiveObject[] }>(KUSTOMIZATIONS)).body;
    return items.map(({ metadata, status }) => [metadata.name, status?.conditions?.map((one) => one.message)]);
  };
  const requestFetch = async () => {
    const { items } = (await get<{ items: readonly LiveObject[] }>(SOURCES)).body;
    const annotations = { "reconcile.fluxcd.io/requestedAt": new Date().toISOString() };
    for (const { metadata } of items)
      await requestAs("admin", "merge", `${SOURCES}/${metadata.name}`, { metadata: { annotations } });
  };
  return {
    becomes: async (path, wanted) => {
      await requestFetch();
      const state = async () => ({ live: await get<LiveObject>(path), flux: await explain() });
      await waitUntil(`${path} is ${JSON.stringify(wanted)}`, state, {
        until: ({ live: { code, body } }) =>
          wanted === undefined ? code === 404 : code === 200 && expect.objectContaining(wanted).asymmetricMatch(body),
      });
    },
    configMaps: async (namespace) => {
      const path = `/api/v1/namespaces/${namespace}/configmaps`;
      const { items } = (await get<{ items: readonly LiveObject[] }>(path)).body;
      return items.map(({ metadata }) => metadata.name);
    },
  };
}

const ID = { target: "edge1", repository: "deployments", realm: "web" } as const;
const configMap = (name: string, size: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  size: ${size}\n`;
const liveConfigMap = (name: string, namespace = "default") => `/api/v1/namespaces/${namespace}/configmaps/${name}`;

describe("Flux with examples/gitops/flux.yaml", () => {
  it("applies a clone of a blueprint when it is published, and then its next revision", async ({
    env,
    packages,
    shell,
    target,
  }) => {
    await shell.run("kubectl apply -f examples/draft-clone.yaml");
    const name = "edge1.deployments.web.storefront.first";
    await packages.waitForReason(name, "Draft");
    await packages.save(name, { "placement.yaml": configMap("placement", "small") });
    await packages.publish(name);
    const deployment = "/apis/apps/v1/namespaces/default/deployments/storefront";
    const withReplicas = (replicas: number) => ({ spec: expect.objectContaining({ replicas }) });
    await target.becomes(deployment, withReplicas(2));
    await target.becomes(liveConfigMap("placement"), { data: { size: "small" } });

    await shell.run("kubectl apply -f examples/draft-next.yaml");
    const next = "edge1.deployments.web.storefront.second";
    await packages.waitForReason(next, "Draft");
    const { "deployment.yaml": text = "" } = (await env.contents(next)).spec.resources ?? {};
    await packages.save(next, {
      "deployment.yaml": text.replace("replicas: 2", "replicas: 5"),
      "placement.yaml": null,
    });
    await packages.publish(next);
    await target.becomes(deployment, withReplicas(5));
    await target.becomes(liveConfigMap("placement"), undefined);
  });

  it("applies two packages of the task init, but not what is for tools only, and prunes one that is deleted", async ({
    packages,
    target,
  }) => {
    const publish = async (name: string) => {
      const init = { spec: { tasks: [{ type: "init" }] } };
      const draft = await packages.createDraft({ ...ID, package: name, workspace: "one" }, undefined, init);
      await packages.save(draft, { "size.yaml": configMap(name, "large") });
      await packages.publish(draft);
      await target.becomes(liveConfigMap(name), { data: { size: "large" } });
      return draft;
    };
    const left = await publish("left");
    await publish("right");
    expect((await target.configMaps("default")).filter((one) => one.includes("context"))).toEqual([]);
    await packages.setLifecycle(left, "deletionProposed");
    await packages.waitFor(left, "is deletionProposed", ({ status }) => status?.lifecycle === "deletionProposed");
    await packages.delete(left, "bob");
    await packages.waitUntilGone(left);
    await target.becomes(liveConfigMap("left"), undefined);
    await target.becomes(liveConfigMap("right"), { data: { size: "large" } });
  });

  it("applies one revision of one package by its tag, whatever is published later", async ({
    packages,
    shell,
    target,
  }) => {
    const id = (workspace: string): PackageID => ({ ...ID, package: "pinned", workspace });
    await packages.createPublished(id("one"), { "size.yaml": configMap("pinned", "one") });
    await packages.createPublished(id("two"), { "size.yaml": configMap("pinned", "two") });
    await shell.run("kubectl create namespace pinned");
    // The changes that the example's comments name, and names that do not take those of the example.
    const pin = (revision: string) =>
      `sed -e "s#https://git.example.com/platform#$GIT_URL#" -e 's#branch: main.*#tag: edge1/web/pinned/${revision}#' ` +
      `-e 's#./edge1#./edge1/web/pinned#' -e 's#name: \\(deployments\\|edge1\\)$#name: pinned#' ` +
      `-e 's#targetNamespace: default#targetNamespace: pinned#' examples/gitops/flux.yaml | kubectl apply -f -`;
    await shell.run(pin("v1"));
    await target.becomes(liveConfigMap("pinned", "pinned"), { data: { size: "one" } });
    await target.becomes(liveConfigMap("pinned"), { data: { size: "two" } });
    expect((await target.configMaps("pinned")).filter((one) => one !== "kube-root-ca.crt")).toEqual(["pinned"]);
    await shell.run(pin("v2"));
    await target.becomes(liveConfigMap("pinned", "pinned"), { data: { size: "two" } });
  });

  it.for([
    ["DuplicateResource", configMap("one", "small"), "already registered id: ConfigMap.v1.[noGrp]/one"],
    ["NotAResource", "replicas: 3\n", "missing"],
  ] as const)(
    "cannot build a target with what FilesValid reports before the approval: %s",
    async ([reason, text, message], { packages, shell, target }) => {
      const edge = reason.toLowerCase();
      const at = (name: string): PackageID => ({ ...ID, target: edge, package: name, workspace: "one" });
      await packages.createPublished(at("first"), { "a.yaml": configMap("one", "large") });
      const apply =
        `sed -e "s#https://git.example.com/platform#$GIT_URL#" -e 's#./edge1#./${edge}#' -e 's#name: edge1$#name: ${edge}#' ` +
        `-e 's#targetNamespace: default#targetNamespace: ${edge}#' examples/gitops/flux.yaml | kubectl apply -f -`;
      await shell.run(`kubectl create namespace ${edge}; ${apply}`);
      await target.becomes(liveConfigMap("one", edge), { data: { size: "large" } });
      const second = await packages.createDraft(at("second"), { "b.yaml": text });
      await packages.waitFor(second, `is ${reason}`, ({ status }) =>
        (status?.conditions ?? []).some((one) => one.type === "FilesValid" && one.reason === reason),
      );
      await packages.publish(second);
      await target.becomes(`${KUSTOMIZATIONS}/${edge}`, {
        status: expect.objectContaining({
          conditions: expect.arrayContaining([
            expect.objectContaining({ type: "Ready", status: "False", message: expect.stringContaining(message) }),
          ]),
        }),
      });
    },
  );
});
