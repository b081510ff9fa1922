import { describe, expect } from "vitest";
import {
  ANNOTATION_CONFIRM_REMOVALS,
  ANNOTATION_ROLLED_OUT,
  ANNOTATION_ROLLOUT,
  VARIANT_FINALIZER,
} from "../../src/api/v1alpha1/well-known.ts";
import { createKubectl } from "../harness/kubectl.ts";
import { needs } from "../testenv/needs.ts";
import { annotate, CHANGED_BY } from "./cases/case.ts";
import { it as base, createPolicyTestEnv, expectResponse, type PolicyTestEnv, type User } from "./testenv.ts";

const GROUP = "config.pkg.pkgserver.dev";

/** dave may write PackageVariants, and only read package revisions. */
const it = base.extend("env", { scope: "file" }, async ({ controlPlane }) => {
  const env = await createPolicyTestEnv(controlPlane);
  const kubectl = createKubectl(env.controlPlane.kubectl, env.controlPlane.kubeconfigs.admin);
  const inNamespace = `--namespace=${env.namespace}`;
  const verbs = "--verb=create,update,patch,delete";
  await kubectl(
    "create",
    "role",
    "variants",
    verbs,
    `--resource=packagevariants.${GROUP},packagevariantsets.${GROUP}`,
    inNamespace,
  );
  await kubectl("create", "rolebinding", "variants", "--role=variants", "--user=dave", inNamespace);
  return env;
});

let count = 0;

function variantSpec(spec: object = {}): object {
  return {
    upstream: { repository: "catalog", package: "shop" },
    downstream: { target: "edge1", repository: "deployments", package: `shop-${count}` },
    ...spec,
  };
}

const setSpec = (spec: object = {}) => ({ targets: [{ list: [{ name: "edge1" }] }], template: variantSpec(spec) });

describe.each([
  { kind: "PackageVariant", plural: "packagevariants", specOf: variantSpec, changeOf: (spec: object) => spec },
  {
    kind: "PackageVariantSet",
    plural: "packagevariantsets",
    specOf: setSpec,
    changeOf: (spec: object) => ({ template: spec }),
  },
])("policies of a $kind", ({ kind, plural, specOf, changeOf }) => {
  function newVariant(spec: object = {}, metadata: object = {}) {
    count += 1;
    return {
      apiVersion: `${GROUP}/v1alpha1`,
      kind,
      metadata: { name: `v-${count}`, ...metadata },
      spec: specOf(spec),
    };
  }
  const pathOf = ({ namespace }: PolicyTestEnv) => `${GROUP}/v1alpha1/namespaces/${namespace}/${plural}`;
  const create = async (env: PolicyTestEnv, user: User, body: object) =>
    await env.requestAs(user, "create", pathOf(env), body);
  const INPUT = { spec: changeOf({ packageContext: { inputs: [{ kind: "A" }] } }) };
  const NO_RIGHT = `user dave may not create, change or delete a ${kind}: it needs create, update and delete on`;
  const NO_RIGHT_TO_END = `user dave may not create, change or delete a ${kind}: it needs update and delete on`;
  const APPROVE = { packageContext: { readinessGates: [{ conditionType: "pkg.pkgserver.dev/approve" }] } };

  it("accept who may edit package revisions", async ({ env }) => {
    const object = newVariant();
    expectResponse(await create(env, "alice", object));
    const path = `${pathOf(env)}/${object.metadata.name}`;
    expectResponse(await env.requestAs("carol", "merge", path, INPUT));
    expectResponse(await env.requestAs("alice", "delete", path));
  });

  it("refuse who may write variants alone: the operator would do it for them", async ({ env }) => {
    expectResponse(await create(env, "dave", newVariant()), NO_RIGHT);
    const object = newVariant();
    expectResponse(await create(env, "alice", object));
    const path = `${pathOf(env)}/${object.metadata.name}`;
    expectResponse(await env.requestAs("dave", "merge", path, INPUT), NO_RIGHT);
    expectResponse(await env.requestAs("dave", "delete", path), NO_RIGHT_TO_END);
    // The garbage collector would delete it for dave.
    const owner = { apiVersion: "v1", kind: "ConfigMap", name: "gone", uid: "00000000-0000-0000-0000-000000000000" };
    const owned = { metadata: { ownerReferences: [owner] } };
    expectResponse(await env.requestAs("dave", "merge", path, owned), NO_RIGHT_TO_END);
    expectResponse(await env.requestAs("dave", "merge", path, { metadata: { labels: { a: "b" } } }));
  });

  it("refuse who may write variants alone what decides on deletions", async ({ env }) => {
    const owner = { apiVersion: "v1", kind: "ConfigMap", name: "there", uid: "00000000-0000-0000-0000-000000000000" };
    const object = newVariant({}, { ownerReferences: [owner], finalizers: [VARIANT_FINALIZER] });
    expectResponse(await create(env, "alice", object));
    const path = `${pathOf(env)}/${object.metadata.name}`;
    const confirm = annotate(ANNOTATION_CONFIRM_REMOVALS, "0123456789abcdef");
    const changes = [{ metadata: { ownerReferences: null } }, { metadata: { finalizers: null } }, confirm];
    const decide = annotate(ANNOTATION_ROLLOUT, "abort:0123456789ab");
    expectResponse(await env.requestAs("dave", "merge", path, decide), NO_RIGHT);
    expectResponse(await env.requestAs("alice", "merge", path, decide));
    for (const body of changes) expectResponse(await env.requestAs("dave", "merge", path, body), NO_RIGHT_TO_END);
    for (const body of changes) expectResponse(await env.requestAs("alice", "merge", path, body));
  });

  it("refuse everybody what only the operator knows: what a roll back gives back", async ({ env }) => {
    const record = annotate(ANNOTATION_ROLLED_OUT, '{"rollout":"0123456789ab"}').metadata;
    const refused = `the annotation ${ANNOTATION_ROLLED_OUT} is written by the operator`;
    expectResponse(await create(env, "admin", newVariant({}, record)), refused);
    const object = newVariant();
    expectResponse(await create(env, "alice", object));
    const path = `${pathOf(env)}/${object.metadata.name}`;
    expectResponse(await env.requestAs("admin", "merge", path, { metadata: record }), refused);
  });

  it("accept the garbage collector, which deletes the variants of a set, or leaves them without an owner", async ({
    env,
  }) => {
    const owner = { apiVersion: "v1", kind: "ConfigMap", name: "gone", uid: "00000000-0000-0000-0000-000000000000" };
    const object = newVariant({}, { ownerReferences: [owner] });
    expectResponse(await create(env, "alice", object));
    const path = `${pathOf(env)}/${object.metadata.name}`;
    expectResponse(await env.requestAs("collector", "merge", path, { metadata: { ownerReferences: null } }));
    expectResponse(await env.requestAs("collector", "delete", path));
  });

  it("refuse an approval in advance by who may not approve", async ({ env }) => {
    const refused = "user alice may not have the gate pkg.pkgserver.dev/approve";
    expectResponse(await create(env, "alice", newVariant(APPROVE)), refused);
    expectResponse(await create(env, "carol", newVariant(APPROVE)));
    const object = newVariant();
    expectResponse(await create(env, "alice", object));
    const path = `${pathOf(env)}/${object.metadata.name}`;
    expectResponse(await env.requestAs("alice", "merge", path, { spec: changeOf(APPROVE) }), refused);
  });

  it("refuse the names of others, an empty list, and the removal of a name", async ({ env }) => {
    const refused = "changed-by is filled in by the API server: leave it as it is, or add alice as its last line";
    expectResponse(await create(env, "alice", newVariant({}, annotate(CHANGED_BY, "bob").metadata)), refused);
    expectResponse(await create(env, "alice", newVariant({}, annotate(CHANGED_BY, "bob\nalice").metadata)), refused);
    const empty = await create(env, "alice", newVariant({}, annotate(CHANGED_BY, "").metadata));
    if (empty.code !== 201) expectResponse(empty, "must have a name, or be left out");
    else expect(empty.body.metadata.annotations).toEqual({ [CHANGED_BY]: "alice" });
    const object = newVariant({}, annotate(CHANGED_BY, "carol").metadata);
    expectResponse(await create(env, "carol", object));
    const path = `${pathOf(env)}/${object.metadata.name}`;
    const change = async (names: string) =>
      await env.requestAs("alice", "merge", path, { ...INPUT, ...annotate(CHANGED_BY, names) });
    expectResponse(await change("alice"), refused);
    expectResponse(await change("carol\nbob"), refused);
    expectResponse(await change("carol\nalice"));
    const bare = await env.requestAs("alice", "merge", path, annotate(CHANGED_BY, "carol"));
    expectResponse(bare, refused);
  });

  it("demand the name of each change of a variant that names who created it", async ({ env, mutating }) => {
    const object = newVariant({}, annotate(CHANGED_BY, "carol").metadata);
    expectResponse(await create(env, "carol", object));
    const path = `${pathOf(env)}/${object.metadata.name}`;
    const changed = await env.requestAs("alice", "merge", path, INPUT);
    if (!mutating) return expectResponse(changed, "add alice as the last line of the annotation");
    expect(changed.body.metadata.annotations).toEqual({ [CHANGED_BY]: "carol\nalice" });
  });

  it(...needs("MutatingAdmissionPolicy", "record who creates and changes a variant"), async ({ env }) => {
    const object = newVariant();
    const created = await create(env, "alice", object);
    expect(created.body.metadata.annotations).toEqual({ [CHANGED_BY]: "alice" });
    const path = `${pathOf(env)}/${object.metadata.name}`;
    const changed = await env.requestAs("carol", "merge", path, INPUT);
    expect(changed.body.metadata.annotations).toEqual({ [CHANGED_BY]: "alice\ncarol" });
    const decided = await env.requestAs("carol", "merge", path, annotate(ANNOTATION_ROLLOUT, "abort:0123456789ab"));
    expect(decided.body.metadata.annotations).toMatchObject({ [CHANGED_BY]: "alice\ncarol" });
    const again = await env.requestAs("alice", "merge", path, annotate(ANNOTATION_ROLLOUT, "rollback:0123456789ab"));
    expect(again.body.metadata.annotations).toMatchObject({ [CHANGED_BY]: "carol\nalice" });
    const labelled = await env.requestAs("admin", "merge", path, { metadata: { labels: { a: "b" } } });
    expect(labelled.body.metadata.annotations).toMatchObject({ [CHANGED_BY]: "carol\nalice" });
  });

  it("refuse the keys of Kubernetes and of the operator in packageContext", async ({ env }) => {
    for (const key of ["pkg.pkgserver.dev/confirm-base", "config.pkg.pkgserver.dev/variant", "kubernetes.io/a"]) {
      const object = newVariant({ packageContext: { annotations: { [key]: "x" } } });
      expectResponse(
        await create(env, "carol", object),
        "keys of pkgserver.dev, kubernetes.io and k8s.io are reserved",
      );
    }
    const reserved = newVariant({ packageContext: { labels: { "pkg.pkgserver.dev/latest": "true" } } });
    expectResponse(await create(env, "carol", reserved), "packageContext.labels: keys of pkgserver.dev");
    const released = newVariant({ packageContext: { labels: { "pkg.pkgserver.dev/release": "spring" } } });
    expectResponse(await create(env, "alice", released));
  });
});
