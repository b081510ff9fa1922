import { describe, expect } from "vitest";
import { createKubectl } from "../harness/kubectl.ts";
import { waitUntil } from "../harness/wait.ts";
import type { Impersonated } from "../testenv/api-client.ts";
import { repositoryOf } from "./objects.ts";
import { it as base, createPolicyTestEnv, expectResponse } from "./testenv.ts";

/** May change Repositories, and approve nothing. */
const EDITOR: Impersonated = { username: "erin", groups: ["repository-editors"] };
/** The same, and may approve one package revision by name. */
const ONE: Impersonated = { username: "olga", groups: ["approvers-of-one"] };
/** A GitOps tool's account. */
const TOOL: Impersonated = { username: "system:serviceaccount:argocd:argocd-application-controller" };

const it = base.extend("env", { scope: "file" }, async ({ controlPlane }) => {
  const env = await createPolicyTestEnv(controlPlane);
  const kubectl = createKubectl(env.controlPlane.kubectl, env.controlPlane.kubeconfigs.admin);
  const grant = async (name: string, rule: object, ...subjects: readonly string[]) => {
    const metadata = { name, namespace: env.namespace };
    const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata, rules: [rule] };
    await kubectl.applyYaml(JSON.stringify(role));
    await kubectl("create", "rolebinding", name, `--role=${name}`, ...subjects, `--namespace=${env.namespace}`);
  };
  const verbs = ["get", "create", "update", "patch"];
  const repositories = { apiGroups: ["config.pkg.pkgserver.dev"], resources: ["repositories"], verbs };
  const tool = `--user=${TOOL.username}`;
  const groups = ["--group=repository-editors", "--group=approvers-of-one"];
  await grant("repository-editors", repositories, ...groups, tool);
  const approval = { apiGroups: ["pkg.pkgserver.dev"], resources: ["packagerevisions/approval"], verbs: ["update"] };
  await grant("one", { ...approval, resourceNames: ["catalog.blue.dns.one"] }, "--group=approvers-of-one");
  await grant("tool", approval, tool);
  await waitUntil("the tool may give rules", async () => await create(env, TOOL, "probe", AUTOMATIC), {
    until: ({ code }) => code === 201,
    timeoutMs: 30_000,
  });
  return env;
});

type Env = Awaited<ReturnType<typeof createPolicyTestEnv>>;
const AUTOMATIC = { approval: { automatic: [{ name: "any", expression: "true" }] } };
const REFUSED = "may not set spec.approval.automatic, nor change the spec of a Repository that has it";

async function create(env: Env, user: Impersonated | "admin", name: string, spec: object) {
  return await env.requestAs(user, "create", `${env.repositories}?dryRun=All`, repositoryOf(name, {}, spec));
}

describe("policies of Repositories: automatic rules", () => {
  it("let nobody give them who may not approve all package revisions", async ({ env }) => {
    for (const user of [EDITOR, ONE]) {
      expectResponse(await create(env, user, "a", AUTOMATIC), `user ${user.username} ${REFUSED}`);
      expectResponse(await create(env, user, "a", { approval: { automatic: [] } }));
      expectResponse(await create(env, user, "a", { approval: { required: 2 } }));
    }
    for (const user of ["admin", TOOL] as const) expectResponse(await create(env, user, "a", AUTOMATIC));
  });

  it("are checked in every kind of request", async ({ env }) => {
    const path = `${env.repositories}/kinds`;
    expectResponse(await env.requestAs("admin", "create", env.repositories, repositoryOf("kinds")));
    expectResponse(await env.requestAs(EDITOR, "merge", path, { spec: AUTOMATIC }), REFUSED);
    const json = [{ op: "add", path: "/spec/approval", value: AUTOMATIC.approval }];
    expectResponse(await env.requestAs(EDITOR, "json", path, json), REFUSED);
    const { body } = await env.requestAs(EDITOR, "get", path);
    const replaced = { ...body, spec: { ...body.spec, ...AUTOMATIC } };
    expectResponse(await env.requestAs(EDITOR, "replace", path, replaced), REFUSED);
    // Nothing but status changes there.
    await env.requestAs("admin", "merge", `${path}/status`, { spec: AUTOMATIC });
    expect((await env.requestAs("admin", "get", path)).body.spec).not.toHaveProperty("approval");
    expectResponse(await env.requestAs(TOOL, "merge", path, { spec: AUTOMATIC }));
  });

  it("protect the whole spec while there are some, and let them be removed", async ({ env }) => {
    const path = `${env.repositories}/whole`;
    const spec = { ...AUTOMATIC, readinessGates: [{ conditionType: "scan" }] };
    expectResponse(await env.requestAs("admin", "create", env.repositories, repositoryOf("whole", {}, spec)));
    const change = (body: object) => env.requestAs(EDITOR, "merge", path, body);
    expectResponse(await change({ spec: { readinessGates: null } }), REFUSED);
    expectResponse(await change({ spec: { sync: { interval: "5m" } } }), REFUSED);
    const other = [{ name: "any", expression: "1 == 1" }];
    expectResponse(await change({ spec: { approval: { automatic: other } } }), REFUSED);
    expectResponse(await change({ metadata: { labels: { a: "b" } } }));
    expectResponse(await change({ metadata: { annotations: { "pkg.pkgserver.dev/sync-requested-at": "now" } } }));
    expectResponse(await change({ spec: { approval: null, readinessGates: null } }));
    expectResponse(await change({ spec: AUTOMATIC }), REFUSED);
  });
});

describe("rules of Repositories: automatic rules", () => {
  it.for<[string, object, string]>([
    ["no condition", { name: "any" }, "an automatic rule needs an expression, initial: true, or both"],
    ["initial false", { name: "any", initial: false }, "an automatic rule needs an expression"],
    ["an empty expression", { name: "any", expression: "" }, "spec.approval.automatic[0].expression"],
    ["a long expression", { name: "any", expression: "a".repeat(2049) }, "spec.approval.automatic[0].expression"],
    ["paths", { name: "any", expression: "true", match: { paths: ["*"] } }, "unknown field"],
    ["another name", { name: "Any", expression: "true" }, "spec.approval.automatic[0].name"],
  ])("refuse one with %s", async ([_, rule, refused], { env }) => {
    const body = repositoryOf("rule", {}, { approval: { automatic: [rule] } });
    const path = `${env.repositories}?dryRun=All&fieldValidation=Strict`;
    const response = await env.requestAs("admin", "create", path, body);
    expect(response.code).toBeGreaterThanOrEqual(400);
    expect(response.body.message).toContain(refused);
  });

  it("refuse more than 8", async ({ env }) => {
    const automatic = Array.from({ length: 9 }, (_, at) => ({ name: `r${at}`, expression: "true" }));
    expectResponse(await create(env, "admin", "many", { approval: { automatic } }), "spec.approval.automatic");
  });
});
