import { expect } from "vitest";
import { testWithEnv } from "../testenv/fixtures.ts";
import { conditionOf } from "../testenv/pipeline-packages.ts";

const it = testWithEnv("hidden-objects");

const RULES = "{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}";
const HEAD = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\n";
const binding = (name: string) => `${HEAD}metadata: {name: ${name}}\nroleRef: ${RULES}\n`;
const json = (kind: string, name: string) =>
  JSON.stringify({
    apiVersion: kind === "ConfigMap" ? "v1" : "rbac.authorization.k8s.io/v1",
    kind,
    metadata: { name },
    roleRef: { name: "cluster-admin" },
  });
const item = (name: string) => binding(name).trim().replaceAll("\n", "\n  ");

/** kubectl or Flux applies a binding to cluster-admin of each of these files. */
const FILES = {
  "comment.yaml": `# a note\r${binding("comment").replaceAll("\n", "\r")}`,
  "base64.yaml": binding("base64").replace("cluster-admin", "!!binary Y2x1c3Rlci1hZG1pbg=="),
  "items.yaml": `apiVersion: example.com/v1\nkind: Settings\nmetadata: {name: items}\nitems:\n- ${item("item")}\n`,
  "alias.yaml": `x: &x\n  ${item("alias")}\napiVersion: v1\nkind: List\nitems: [*x]\n`,
  "own-list.yaml": `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBindingList\nitems: [{metadata: {name: own}, roleRef: ${RULES}}]\n`,
  "two.json": `${json("ConfigMap", "a")}\n${json("ClusterRoleBinding", "two")}`,
  "yaml.json": binding("in-json"),
  "block.yaml": binding("block").replace(
    "{name: block}",
    '{name: block, annotations: {kform.dev/block-type: input, kform.dev/default: "true"}}',
  ),
};

const POLICY = {
  name: "no-cluster-admin",
  match: { kinds: ["ClusterRoleBinding"] },
  expression: "object.roleRef.name != 'cluster-admin'",
  message: "no cluster-admin",
};

it("finds what tools apply in files that seem to have something else", async ({ env, packages }) => {
  await env.git.createRepository("bindings");
  await env.register("bindings", { deployment: true, policies: [POLICY] });
  const isRejected = (path: string, text: string) => async () => {
    const name = path.replace(".", "-");
    const id = { target: "edge1", repository: "bindings", package: name, workspace: "one" };
    const object = await packages.createDraft(id, { [path]: text });
    const found = await packages.waitFor(object, "is validated", (one) => {
      const status = conditionOf(one, "Validated")?.status;
      return status === "True" || status === "False" || conditionOf(one, "Rendered")?.status === "False";
    });
    return [path, conditionOf(found, "Validated")?.message ?? ""];
  };
  const all = await Promise.all(Object.entries(FILES).map(([path, text]) => isRejected(path, text)()));
  const expected = Object.keys(FILES).map((path) => [path, expect.stringContaining("policy no-cluster-admin: ")]);
  expect(all).toEqual(expected);
});

it("lets no file be proposed that no policy can see", async ({ env, packages }) => {
  await env.git.createRepository("unseen");
  await env.register("unseen", { deployment: true, policies: [POLICY] });
  const id = { target: "edge1", repository: "unseen", package: "app", workspace: "one" };
  const name = await packages.createDraft(id, { "a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n" });
  await packages.waitFor(name, "is valid", (one) => conditionOf(one, "Validated")?.status === "True");
  const large = `${binding("large")}# ${"x".repeat(1_100_000)}\n`;
  await packages.pushToDraft(name, { "large.yaml": large });
  await packages.setLifecycle(name, "proposed");
  const held = await packages.waitFor(
    name,
    "is held back",
    (one) => one.status?.waitingFor?.[0] === "ValidationFailed",
  );
  expect(conditionOf(held, "Validated")?.message).toMatch(
    /^large\.yaml: it is not shown here \(see status\.filesNotShown\), so that no schema, and none of the Repository's policies/,
  );
});
