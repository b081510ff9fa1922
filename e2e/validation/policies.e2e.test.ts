import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { testWithCli } from "../testenv/cli.ts";

const it = testWithCli("policies");

const OWNED = {
  name: "owned",
  variables: [{ name: "labels", expression: "has(object.metadata.labels) ? object.metadata.labels : {}" }],
  expression: "'owner' in variables.labels && variables.labels.owner == packageRevision.metadata.labels.team",
  message: "set the label owner to the team",
};
const configMap = (labels: object) =>
  JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", labels } });

function validated({ status }: PackageRevision): string {
  const found = status?.conditions?.find(({ type }) => type === "Validated");
  return `${found?.status} ${found?.message}`;
}

describe("policies of a Repository", () => {
  it("that cannot be evaluated are reported on it, while its packages are read and edited", async ({
    env,
    packages,
  }) => {
    await env.git.createRepository("mistaken");
    await env.applyRepository("mistaken", { policies: [{ ...OWNED, expression: "objet.kind != 'Pod'" }] });
    const { status } = await env.waitForRepository("mistaken", "InvalidPolicy");
    expect(status?.conditions).toMatchObject([
      {
        type: "Ready",
        status: "False",
        message: "policy owned: expression:1:1: Unknown variable: objet: correct spec.policies",
      },
      { type: "Stalled", status: "True" },
    ]);
    const draft = await packages.createDraft(
      { repository: "mistaken", package: "net", workspace: "one" },
      { "a.yaml": configMap({}) },
    );
    await packages.save(draft, { "a.yaml": configMap({ owner: "a" }) });
    await env.waitFor(draft, "names the policy", (object) =>
      validated(object).includes("False policy owned: expression:1:1: Unknown variable: objet"),
    );
    await env.applyRepository("mistaken", { policies: [{ ...OWNED, expression: "true" }] });
    await env.waitForRepository("mistaken", "Synced");
    await packages.publish(draft);
  });

  it("keep a draft from being proposed, until it complies or the policy allows it", async ({ env, packages }) => {
    await env.git.createRepository("strict");
    await env.register("strict", { policies: [OWNED] });
    const id = { repository: "strict", package: "disk", workspace: "one" };
    const files = { "a.yaml": `# one\n${configMap({})}` };
    const draft = await packages.createDraft(id, files, { metadata: { labels: { team: "a" } } });
    const refused = "False a.yaml:2:1: policy owned: set the label owner to the team";
    await env.waitFor(draft, "is refused by the policy", (object) => validated(object) === refused);
    expect((await env.contents(draft)).status).toMatchObject({
      results: [{ severity: "error", source: "policy/owned", path: "a.yaml", line: 2, column: 1 }],
    });
    await packages.setLifecycle(draft, "proposed");
    await env.waitForReason(draft, "ValidationFailed");
    await env.applyRepository("strict", { policies: [{ ...OWNED, severity: "warning" }] });
    await env.waitFor(draft, "is proposed with a warning", ({ status }) => status?.lifecycle === "proposed");
    expect(validated(await env.revision(draft))).toBe("True the validation found no error, and 1 warning");
  });

  it("are evaluated by the command line, with what the package is", async ({ env, cli, packages }) => {
    await env.git.createRepository("owned");
    await env.register("owned", { policies: [OWNED] });
    await packages.createDraft(
      { repository: "owned", package: "web", workspace: "two" },
      { "a.yaml": configMap({ owner: "a" }) },
      { metadata: { labels: { team: "a" } } },
    );
    await cli("pull", "web", "web");
    expect(await cli.run(["validate", "web", "--repo", "owned"])).toMatchObject({ code: 0, stdout: "" });
    await writeFile(join(cli.dir, "web", "a.yaml"), configMap({ owner: "b" }));
    expect(await cli.run(["validate", "web", "--repo", "owned"])).toMatchObject({
      code: 1,
      stdout: "web/a.yaml:1:1: policy owned: set the label owner to the team\n",
    });
    await mkdir(join(cli.dir, "other"));
    await writeFile(join(cli.dir, "other", "a.yaml"), configMap({ owner: "a" }));
    const unknown = await cli.run(["validate", "other", "--repo", "owned"]);
    expect(unknown.stdout).toBe("other/a.yaml:1:1: policy owned: cannot be evaluated: No such key: team\n");
    expect(await cli.run(["validate", "web", "--repo", "ownd"])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("did you mean owned?"),
    });
  });

  it.for([
    ["a name with an underscore", { name: "A_b" }, "spec.policies[0].name"],
    ["no expression", { expression: "" }, "spec.policies[0].expression"],
    ["an expression that is too long", { expression: "x".repeat(4097) }, "spec.policies[0].expression"],
    ["an empty match", { match: {} }, "spec.policies[0].match"],
    ["a pattern with brackets", { match: { kinds: ["Po[d]"] } }, "spec.policies[0].match.kinds[0]"],
    [
      "a requirement without values",
      { exclude: { labelSelector: { matchExpressions: [{ key: "a", operator: "In" }] } } },
      "In and NotIn need values; Exists and DoesNotExist have none",
    ],
    [
      "a variable with a hyphen",
      { variables: [{ name: "a-b", expression: "1" }] },
      "spec.policies[0].variables[0].name",
    ],
    ["a field without a dot", { fieldPath: "spec.x" }, "spec.policies[0].fieldPath"],
    ["an unknown severity", { severity: "fatal" }, "spec.policies[0].severity"],
  ] as const)("are refused by the API server for %s", async ([, policy, message], { env }) => {
    const change = env.applyRepository("refused", { policies: [{ ...OWNED, ...policy }] });
    await expect(change).rejects.toThrow(message);
  });

  it("are changed by who may change the Repository, and by no editor or approver", async ({ env, requestAs }) => {
    await env.git.createRepository("guarded");
    await env.register("guarded", { policies: [OWNED] });
    const path = `/apis/config.pkg.pkgserver.dev/v1alpha1/namespaces/${env.namespace}/repositories/guarded`;
    const remove = [{ op: "remove", path: "/spec/policies" }];
    for (const [user, code] of [
      ["alice", 403],
      ["bob", 403],
      ["carol", 200],
    ] as const) {
      const response = await requestAs(user, "json", path, remove);
      expect([user, response.code]).toEqual([user, code]);
    }
  });
});
