import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import type { Policy } from "../../src/api/v1alpha1/repository-policies.ts";
import type { PackageFacts } from "../../src/core/validation/policy/evaluate-policies.ts";
import { validatePackage } from "../../src/core/validation/validate-package.ts";
import { root } from "./markdown.ts";

const text = await readFile(join(root, "docs", "policies.md"), "utf8");
const policies = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].flatMap(([, yaml = ""]) => parse(yaml) as Policy[]);

interface Case {
  readonly complies: readonly object[];
  /** With the field and the message of the result. */
  readonly fails: readonly (readonly [object: object, at: string, message: string])[];
  readonly facts?: PackageFacts;
}

type Container = Readonly<Record<string, unknown>>;
const pod = (...containers: readonly Container[]) => ({
  containers: containers.map((one, index) => ({ name: `c${index}`, image: "a:1", ...one })),
});
const deployment = (spec: object, metadata: object = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "a", ...metadata },
  spec: { selector: { matchLabels: { a: "b" } }, template: { metadata: { labels: { a: "b" } }, spec } },
});
const image = (name: string) => deployment(pod({ image: name }));
const cronJob = (name: string) => ({
  apiVersion: "batch/v1",
  kind: "CronJob",
  metadata: { name: "a" },
  spec: {
    schedule: "@daily",
    jobTemplate: { spec: { template: { spec: { restartPolicy: "Never", ...pod({ image: name }) } } } },
  },
});
const binding = (name: string) => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: "a" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
});
const configMap = (metadata: object) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", ...metadata } });
const CONTAINERS = "spec.template.spec.containers";

const CASES: Readonly<Record<string, Case>> = {
  "allowed-registries": {
    complies: [
      deployment(pod({ image: "registry.example.com/a:1" }), { namespace: "prod-1" }),
      deployment(pod({ image: "docker.io/a:1" }), { namespace: "test" }),
      deployment(pod({ image: "docker.io/a:1" }), {
        namespace: "prod-1",
        labels: { "example.com/exception": "approved" },
      }),
    ],
    fails: [
      [
        deployment(pod({ image: "ghcr.io/example/a" }, { image: "docker.io/a:1" }, { image: "b" }), {
          namespace: "prod-1",
        }),
        CONTAINERS,
        "images of other registries: docker.io/a:1, b",
      ],
    ],
  },
  "no-latest-tag": {
    complies: [image("a:1"), image("host:5000/a:1"), image("a@sha256:0"), configMap({})],
    fails: ["a", "a:latest", "host:5000/a"].map((name) => [
      image(name),
      CONTAINERS,
      "name a version of each image, not latest",
    ]),
  },
  "no-latest-tag-in-any-pod": {
    complies: [cronJob("a:1"), image("a:1"), { ...configMap({}), kind: "Pod", spec: pod({}) }],
    fails: [
      [cronJob("a"), "", "name a version of a"],
      [
        deployment({ ...pod({ image: "a:latest" }), initContainers: [{ name: "i", image: "host:5000/b" }] }),
        "",
        "name a version of a:latest, host:5000/b",
      ],
      [{ ...configMap({}), kind: "Pod", spec: pod({ image: "b" }) }, "", "name a version of b"],
    ],
  },
  "memory-limits": {
    complies: [deployment(pod({ resources: { limits: { memory: "1Gi" } } }))],
    fails: [
      {},
      { resources: null },
      { resources: { limits: { cpu: "1" } } },
      { resources: { requests: { memory: "1Gi" } } },
    ].map((one) => [deployment(pod(one)), CONTAINERS, "set resources.limits.memory of each container"]),
  },
  "memory-at-most": {
    complies: ["4Gi", "4096Mi", 4_000_000_000].map((memory) =>
      deployment(pod({}, { resources: { limits: { memory } } })),
    ),
    fails: ["4.1Gi", "1Ti"].map((memory) => [
      deployment(pod({}, { resources: { limits: { memory } } })),
      CONTAINERS,
      "a container may have 4Gi of memory",
    ]),
  },
  "no-cluster-admin": {
    complies: [binding("view")],
    fails: [
      [binding("cluster-admin"), "roleRef.name", "bind a role with the rights that are needed, not cluster-admin"],
    ],
  },
  "no-secrets": {
    complies: [
      { ...configMap({}), kind: "Secret", type: "Opaque" },
      { ...configMap({}), data: { a: "b" } },
    ],
    fails: [
      [
        { ...configMap({}), kind: "Secret", stringData: { a: "b" } },
        "",
        "keep values of Secrets out of Git, for example with an ExternalSecret",
      ],
    ],
  },
  "owner-label": {
    complies: [configMap({ labels: { "app.kubernetes.io/part-of": "web" } })],
    fails: [
      [configMap({}), "metadata", "set the label app.kubernetes.io/part-of"],
      [configMap({ labels: { a: "b" } }), "metadata.labels", "set the label app.kubernetes.io/part-of"],
    ],
  },
  "no-privileged": {
    complies: [deployment(pod({}, { securityContext: {} }, { securityContext: { privileged: false } }))],
    fails: [
      [deployment(pod({ securityContext: { privileged: true } })), CONTAINERS, "take out securityContext.privileged"],
    ],
  },
  "namespace-of-target": {
    facts: { packageRevID: { target: "edge1", repository: "edges", package: "web", workspace: "w" } },
    complies: [configMap({}), configMap({ namespace: "edge1-web" })],
    fails: [[configMap({ namespace: "web" }), "metadata.namespace", "use a namespace whose name begins with edge1"]],
  },
};

function validate(policy: Policy, object: object, facts?: PackageFacts) {
  const yaml = stringify(object);
  const found = validatePackage([["a.yaml", new TextEncoder().encode(yaml)]], {
    policies: [policy],
    ...(facts !== undefined && { facts }),
  });
  expect(found.policyProblems).toEqual([]);
  const all = [...found.problems, ...found.warnings];
  return all
    .filter(({ rule }) => rule === `policy/${policy.name}`)
    .map(({ line, message }) => ({ line, message: message.replace(/^policy \S+: /, "") }));
}

/** The line of a field in the YAML of an object. */
function lineOf(object: object, field: string): number {
  const lines = stringify(object).split("\n");
  const names = field === "" ? [] : field.split(".");
  return names.reduce((line, name, depth) => {
    const next = lines.findIndex((one, index) => index >= line - 1 && one.startsWith(`${"  ".repeat(depth)}${name}:`));
    return next + 1;
  }, 1);
}

describe("docs/policies.md", () => {
  it("has policies that are tried here", () => {
    expect(policies.map(({ name }) => name).sort()).toEqual(Object.keys(CASES).sort());
  });

  it.each(policies.map((policy) => [policy.name, policy] as const))("%s finds what it says", (name, policy) => {
    const { complies, fails, facts } = CASES[name] ?? { complies: [], fails: [] };
    for (const object of complies) expect(validate(policy, object, facts)).toEqual([]);
    for (const [object, field, message] of fails) {
      expect(validate(policy, object, facts)).toEqual([{ line: lineOf(object, field), message }]);
    }
    expect(complies.length * fails.length).toBeGreaterThan(0);
  });
});
