import { randomBytes } from "node:crypto";
import { inject, onTestFinished, test, vi } from "vitest";
import type { KubeObject, Resource } from "../../api/meta.ts";
import { KubeClient } from "../client/client.ts";
import { type Cluster, loadCluster } from "../client/kubeconfig.ts";
import type { KubeClientOptions } from "../client/options.ts";

export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

export const configMaps: Resource<ConfigMap> = {
  group: "",
  version: "v1",
  plural: "configmaps",
  kind: "ConfigMap",
  namespaced: true,
};

export const namespaces: Resource = {
  group: "",
  version: "v1",
  plural: "namespaces",
  kind: "Namespace",
  namespaced: false,
};

/** The control plane of this test run, with the credentials of one of its users. */
export function testCluster(user: "admin" | "alice" = "admin"): Cluster {
  return loadCluster({ kubeconfig: inject("controlPlane").kubeconfigs[user] });
}

export function connect(options: Partial<KubeClientOptions> = {}): KubeClient {
  return new KubeClient({ cluster: testCluster(), ...options });
}

/** Creates a namespace for one test file and returns its name. */
export async function createNamespace(client: KubeClient): Promise<string> {
  const name = `kube-${randomBytes(5).toString("hex")}`;
  await client.create(namespaces, { metadata: { name } });
  return name;
}

/** Tests with a client of the control plane and a namespace, both created once for a test file. */
export const clusterTest = test
  .extend("client", { scope: "file" }, async ({}, { onCleanup }) => {
    const client = connect();
    onCleanup(async () => await client.close());
    return client;
  })
  .extend("namespace", { scope: "file" }, async ({ client }, { onCleanup }) => {
    const name = await createNamespace(client);
    onCleanup(async () => await client.delete(namespaces, { name }));
    return name;
  });

export function configMap(namespace: string, name: string, data: Readonly<Record<string, string>> = {}): ConfigMap {
  return { metadata: { namespace, name }, data };
}

const definitions: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  namespaced: false,
};

/** Defines a custom kind in a group of its own, waits until it is served, and deletes it at the end of the test. */
export async function defineKind(client: KubeClient): Promise<Resource> {
  const group = `t${randomBytes(5).toString("hex")}.pkgserver.test`;
  const names = { kind: "Thing", plural: "things", singular: "thing", listKind: "ThingList" };
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  const name = `${names.plural}.${group}`;
  const spec = { group, names, scope: "Namespaced", versions: [{ name: "v1", served: true, storage: true, schema }] };
  const definition: KubeObject & { readonly spec: object } = { metadata: { name }, spec };
  await client.create(definitions, definition);
  onTestFinished(async () => await client.delete(definitions, { name }));
  const resource: Resource = { group, version: "v1", plural: names.plural, kind: names.kind, namespaced: true };
  await vi.waitFor(async () => await client.list(resource), { timeout: 30_000 });
  return resource;
}
