import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { readSettings } from "../../src/function-runtime/settings/read-settings.ts";
import { resolveHelm } from "../harness/binaries.ts";
import { kubectlAs } from "../harness/kubectl.ts";
import { has } from "../testenv/needs.ts";

interface Manifest {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

const chart = join(import.meta.dirname, "..", "..", "helm", "pkgserver");
const MUTATING = "--api-versions=admissionregistration.k8s.io/v1/MutatingAdmissionPolicy";
let helm: string;

/** Helm is built from its Go module if it is not in the cache: minutes, once. */
const BUILD_LIMIT = 30 * 60_000;

beforeAll(async () => {
  helm = await resolveHelm();
}, BUILD_LIMIT);

/** The manifests that `helm install pkgserver --namespace NAMESPACE` would send. */
async function render(namespace: string, ...args: readonly string[]): Promise<readonly Manifest[]> {
  return await renderRelease("pkgserver", namespace, ...args);
}

async function renderRelease(release: string, namespace: string, ...args: readonly string[]) {
  const command = ["template", release, chart, `--namespace=${namespace}`, ...args];
  const { stdout } = await promisify(execFile)(helm, command, { maxBuffer: 16 * 1024 * 1024 });
  return readManifests(stdout);
}

function readManifests(text: string): readonly Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() ?? [];
  });
}

async function readPlain(...folders: readonly string[]): Promise<readonly Manifest[]> {
  const texts = folders.map(async (folder) => {
    const names = (await readdir(join(chart, folder))).filter((name) => name.endsWith(".yaml"));
    return Promise.all(names.map((name) => readFile(join(chart, folder, name), "utf8")));
  });
  return (await Promise.all(texts)).flat().flatMap(readManifests);
}

const key = ({ kind, metadata }: Manifest) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
const byKey = (manifests: readonly Manifest[]) => Object.fromEntries(manifests.map((one) => [key(one), one]));
const ofKind = (manifests: readonly Manifest[], kind: string) => manifests.filter((one) => one.kind === kind);
const OWN = ["Deployment pkgserver-system/pkgserver", "Service pkgserver-system/pkgserver-metrics"];

describe("chart", () => {
  it("renders the plain CRDs, policies and roles without the namespace, and its Deployment and Service", async () => {
    const rendered = byKey(await render("pkgserver-system", MUTATING));
    const plain = await readPlain("files/crds", "files/policies", "files/policies/mutating", "files/roles");
    const expected = plain
      .filter(({ kind }) => kind !== "Namespace")
      .map((one) =>
        one.kind === "CustomResourceDefinition"
          ? { ...one, metadata: { ...one.metadata, annotations: { "helm.sh/resource-policy": "keep" } } }
          : one,
      );
    const { [OWN[0] ?? ""]: deployment, [OWN[1] ?? ""]: service, ...rest } = rendered;
    expect([deployment?.kind, service?.kind]).toEqual(["Deployment", "Service"]);
    expect(rest).toEqual(byKey(expected));
  });

  it("renders manifests that the API server accepts", async () => {
    const admin = kubectlAs(inject("controlPlane"), "admin");
    await admin("create", "namespace", "chart");
    const served = has("MutatingAdmissionPolicy") ? [MUTATING] : [];
    const manifests = await render("chart", ...served, "--set=watchNamespaces={chart}");
    const text = manifests.map((one) => stringify(one)).join("---\n");
    const output = await admin.applyYaml(text, "--server-side", "--force-conflicts", "--dry-run=server");
    expect(output.trim().split("\n")).toHaveLength(manifests.length);
  });

  it("runs the operator within the restricted Pod Security Standard", async () => {
    const admin = kubectlAs(inject("controlPlane"), "admin");
    await admin("create", "namespace", "chart-restricted");
    await admin("label", "namespace", "chart-restricted", "pod-security.kubernetes.io/enforce=restricted");
    const [deployment] = ofKind(await render("chart-restricted"), "Deployment");
    const { spec } = (deployment as unknown as { spec: { template: { spec: object } } }).spec.template;
    const metadata = { name: "pkgserver", namespace: "chart-restricted" };
    const create = (pod: object) =>
      admin.withInput(
        stringify({ apiVersion: "v1", kind: "Pod", metadata, spec: pod }),
        "create",
        "--dry-run=server",
        "-f",
        "-",
      );
    expect(await create(spec)).toContain("pod/pkgserver created");
    await expect(create({ ...spec, securityContext: {} })).rejects.toThrow(/violates PodSecurity/);
  });

  it.each([
    { release: "pkgserver", namespace: "elsewhere" },
    { release: "packages", namespace: "platform" },
    { release: "operator", namespace: "pkgserver" },
  ])("exempts and binds the ServiceAccount of release $release in $namespace, and no other", async (where) => {
    const { release, namespace } = where;
    const manifests = await renderRelease(release, namespace, MUTATING);
    expect(JSON.stringify(manifests)).not.toContain("pkgserver-system");
    const deployment = ofKind(manifests, "Deployment")[0] as Manifest;
    const { template } = deployment.spec as { template: { spec: { serviceAccountName: string } } };
    const account = { namespace, name: template.spec.serviceAccountName };
    expect(deployment.metadata.namespace).toBe(namespace);
    expect(ofKind(manifests, "ServiceAccount").map(({ metadata }) => metadata)).toEqual([account]);

    const policies = manifests.filter(({ kind }) => kind.endsWith("AdmissionPolicy"));
    const conditions = policies.flatMap(
      ({ spec }) => (spec as { matchConditions: { name: string }[] }).matchConditions,
    );
    const username = `system:serviceaccount:${namespace}:${account.name}`;
    const exemption = { name: "not-the-operator", expression: `request.userInfo.username != '${username}'` };
    // All but those of credentials, verification and automatic rules, which exempt no user.
    expect(policies).toHaveLength(29);
    expect(conditions.filter(({ name }) => name === exemption.name)).toEqual(Array(26).fill(exemption));

    const bindings = manifests.filter(({ kind }) => /^(Cluster)?RoleBinding$/.test(kind));
    expect(bindings).toHaveLength(3);
    for (const { subjects } of bindings) expect(subjects).toEqual([{ kind: "ServiceAccount", ...account }]);
  });

  it("grants the operator its permissions in the watched namespaces only, if they are set", async () => {
    const manifests = await render("pkgserver-system", "--set=watchNamespaces={team-a,team-b}");
    const bound = ofKind(manifests, "RoleBinding").filter((one) => (one.roleRef as Manifest).kind === "ClusterRole");
    expect(bound.map(key)).toEqual([
      "RoleBinding team-a/pkgserver-operator-packages",
      "RoleBinding team-b/pkgserver-operator-packages",
    ]);
    expect(ofKind(manifests, "ClusterRoleBinding").map(key)).toEqual([
      "ClusterRoleBinding /pkgserver-operator-cluster",
    ]);
    expect(JSON.stringify(ofKind(manifests, "Deployment"))).toContain(
      '{"name":"PKGSERVER_WATCH_NAMESPACES","value":"team-a,team-b"}',
    );
  });

  it("passes the time limits of git to the operator", async () => {
    const text = JSON.stringify(ofKind(await render("pkgserver-system", "--set=gitTimeouts.push=45s"), "Deployment"));
    expect(text).toContain('{"name":"PKGSERVER_GIT_LIST_TIMEOUT","value":"60s"}');
    expect(text).toContain('{"name":"PKGSERVER_GIT_FETCH_TIMEOUT","value":"10m"}');
    expect(text).toContain('{"name":"PKGSERVER_GIT_PUSH_TIMEOUT","value":"45s"}');
  });

  it("passes the interval of objects to the operator", async () => {
    const text = JSON.stringify(ofKind(await render("pkgserver-system", "--set=objectsInterval=2m"), "Deployment"));
    expect(text).toContain('{"name":"PKGSERVER_OBJECTS_INTERVAL","value":"2m"}');
  });

  it("gives the operator the settings of functions, and restarts it when they change", async () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const functions = { "ghcr.io/example/fn:v1": { wasm: "/functions/fn.wasm", digest, limits: { time: "10s" } } };
    const runner = {
      address: "function-runner.porch-system:9445",
      images: ["docker.io/nephio/"],
      tls: { ca: "/certs/ca.crt" },
    };
    const renderAll = async (values: object) =>
      await render("default", `--set-json=rendering=${JSON.stringify(values)}`);
    const manifests = await renderAll({ functions, runner });
    const [map] = ofKind(manifests, "ConfigMap");
    const settings = readSettings(
      (map?.data as Readonly<Record<string, string>> | undefined)?.["functions.yaml"] ?? "",
    );
    expect(settings.functions.get("ghcr.io/example/fn:v1")).toMatchObject({
      file: "/functions/fn.wasm",
      digest,
      limits: { timeMs: 10_000 },
    });
    expect(settings.runner).toMatchObject(runner);
    const textOf = (all: readonly Manifest[]) => JSON.stringify(ofKind(all, "Deployment")[0]);
    const text = textOf(manifests);
    expect(text).toContain('{"name":"PKGSERVER_FUNCTIONS","value":"/etc/pkgserver/functions.yaml"}');
    expect(text).toContain('{"name":"functions","mountPath":"/etc/pkgserver","readOnly":true}');
    const checksum = (one: string) => /"checksum\/functions":"([0-9a-f]{64})"/.exec(one)?.[1];
    expect(checksum(text)).toBeDefined();
    expect(checksum(textOf(await renderAll({ functions })))).not.toBe(checksum(text));
    await expect(renderAll({ runner: { address: "nowhere" } })).rejects.toThrow("does not match pattern");
    await expect(renderAll({ runner: { tls: { ca: "ca.crt" } } })).rejects.toThrow("does not match pattern");
    const without = await render("default");
    expect([ofKind(without, "ConfigMap"), textOf(without).includes("PKGSERVER_FUNCTIONS")]).toEqual([[], false]);
    const admin = kubectlAs(inject("controlPlane"), "admin");
    const yaml = manifests.map((one) => stringify(one)).join("---\n");
    await admin.applyYaml(yaml, "--server-side", "--force-conflicts", "--dry-run=server");
  });

  it("leaves ids to a platform that chooses them, and places the pods as the values say", async () => {
    const values = {
      podSecurityContext: { runAsUser: null, runAsGroup: null, fsGroup: null },
      podLabels: { team: "platform" },
      serviceAccount: { annotations: { "example.com/role": "packages: read" } },
      affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "ScheduleAnyway" }],
      priorityClassName: "system-cluster-critical",
      extraVolumes: [{ name: "ca", configMap: { name: "ca" } }],
      extraVolumeMounts: [{ name: "ca", mountPath: "/etc/ca" }],
    };
    const args = Object.entries(values).map(([name, value]) => `--set-json=${name}=${JSON.stringify(value)}`);
    const manifests = await render("chart-restricted", ...args);
    const deployment = ofKind(manifests, "Deployment")[0] as Manifest;
    const { template } = deployment.spec as { template: object };
    expect(template).toMatchObject({
      metadata: { labels: { team: "platform" } },
      spec: {
        securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
        affinity: values.affinity,
        topologySpreadConstraints: values.topologySpreadConstraints,
        priorityClassName: "system-cluster-critical",
        volumes: expect.arrayContaining(values.extraVolumes),
        containers: [{ volumeMounts: expect.arrayContaining(values.extraVolumeMounts) }],
      },
    });
    expect(JSON.stringify(template)).not.toMatch(/runAsUser|runAsGroup|fsGroup/);
    const [account] = ofKind(manifests, "ServiceAccount");
    expect(account?.metadata).toEqual({
      name: "pkgserver",
      namespace: "chart-restricted",
      annotations: values.serviceAccount.annotations,
    });
    const text = manifests.map((one) => stringify(one)).join("---\n");
    const admin = kubectlAs(inject("controlPlane"), "admin");
    await admin.applyYaml(text, "--server-side", "--force-conflicts", "--dry-run=server");
  });

  it("omits disabled parts, and mutating policies that the cluster does not serve", async () => {
    const args = ["--set=crds.install=false", "--set=metrics.service.enabled=false"];
    const kinds = new Set((await render("pkgserver-system", ...args)).map(({ kind }) => kind));
    expect(kinds).toContain("ValidatingAdmissionPolicy");
    for (const left of [
      "CustomResourceDefinition",
      "Service",
      "MutatingAdmissionPolicy",
      "MutatingAdmissionPolicyBinding",
    ]) {
      expect(kinds).not.toContain(left);
    }
  });

  it.each([
    ["--set=allowedTransports={git}", /allowedTransports/],
    ["--set=watchNamespaces={Team_A}", /watchNamespaces/],
    ["--set=logLevel=loud", /logLevel/],
    ["--set=gitTimeouts.push=soon", /gitTimeouts/],
    ["--set=replica=2", /replica/],
  ])("refuses the values %s", async (value, refusal) => {
    await expect(render("pkgserver-system", value)).rejects.toThrow(refusal);
  });
});
