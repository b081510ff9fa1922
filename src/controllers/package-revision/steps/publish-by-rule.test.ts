import { describe, expect, it } from "vitest";
import type { AutomaticRule } from "../../../api/v1alpha1/repository-approval.ts";
import { parseCommitMetadata } from "../../../core/revision/commit-trailers.ts";
import { revisionIndexes } from "../indexes.ts";
import { MAIN } from "../testing/model/mirror.ts";
import { StepEnv } from "../testing/step-env.ts";
import { publishProposal } from "./publish.ts";

const TAG = "refs/tags/dns/v2";
const FILE = "a.yaml";
const configMap = (value: string, name = "a") =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  a: ${value}\n`;
const ONE_FIELD: AutomaticRule = {
  name: "one-field",
  expression: "change.otherFileCount == 0 && change.resources.all(r, r.kind == 'changed' && r.fieldCount == 1)",
};

async function published(rules: readonly AutomaticRule[] = [ONE_FIELD], approval: object = {}) {
  const env = await StepEnv.openWithRuns({ approval: { automatic: [...rules], ...approval } });
  await env.published("dns", { [FILE]: configMap("1") }, "zero");
  const name = await env.draft("dns", { [FILE]: configMap("2") });
  const propose = async () => {
    env.user.setLifecycle(name, "proposed");
    await env.settle(name);
  };
  const ready = () => env.revision(name).status?.conditions?.find(({ type }) => type === "Ready");
  return { env, name, propose, ready };
}

describe("a proposal that a rule approves", () => {
  it("is published by the rule, which the tag and the status name, and no person", async () => {
    const { env, name, propose } = await published();
    await propose();
    const record = parseCommitMetadata(env.messageOf(TAG));
    expect(record).toMatchObject({ approvedByRule: { rule: ONE_FIELD }, proposedBy: "ann", edited: true });
    expect(record).not.toHaveProperty("approvedBy");
    expect(env.revision(name)).toMatchObject({
      spec: { lifecycle: "published" },
      status: { lifecycle: "published", revision: "v2", publishedByRule: "one-field" },
    });
    expect(env.revision(name).spec).not.toHaveProperty("approval");
    expect(env.events).toContain("ApprovedByRule");
  });

  it("costs one write of the API server where an approval by a person costs that person one", async () => {
    const { env, propose } = await published();
    const start = env.writes();
    await propose();
    const byRule = env.writes();
    env.api.patch("repositories", "blue", { spec: { approval: null } });
    const other = await env.draft("dns", { [FILE]: configMap("3") }, "two");
    const before = env.writes();
    await env.publish(other);
    const byPerson = env.writes();
    expect(byRule.pushes - start.pushes).toBe(byPerson.pushes - before.pushes);
    expect(byRule.api - start.api).toBeLessThanOrEqual(byPerson.api - before.api);
  });

  it.each([0, 1, 2, 3, 4, 5, 6])("is published once after an end behind %i writes", async (writes) => {
    const { env, name } = await published();
    env.user.setLifecycle(name, "proposed");
    await env.reconcileUntilEnded(name, writes);
    await env.settle(name);
    expect(env.revision(name).status).toMatchObject({ lifecycle: "published", revision: "v2" });
    expect(parseCommitMetadata(env.messageOf(TAG))?.approvedByRule?.rule).toEqual(ONE_FIELD);
    expect(env.commitOf("refs/tags/dns/v3")).toBeUndefined();
  });

  it("is not published once it is withdrawn, or the rule is another one, before the push", async () => {
    const { env, name } = await published([{ ...ONE_FIELD, expression: "false" }]);
    env.user.setLifecycle(name, "proposed");
    await env.settle(name);
    expect(env.commitOf(TAG)).toBeUndefined();
    env.api.patch("repositories", "blue", { spec: { approval: { automatic: [ONE_FIELD] } } });
    const { scope, plan } = await env.plan(name, "publish");
    env.user.setLifecycle(name, "draft");
    await expect(publishProposal(scope, plan.draft, plan.commit, plan.rule)).rejects.toThrow();
    expect(env.commitOf(TAG)).toBeUndefined();
    env.api.patch("repositories", "blue", { spec: { approval: null } });
    await env.settle(name);
    env.api.patch("repositories", "blue", {
      spec: { approval: { automatic: [{ ...ONE_FIELD, expression: "false" }] } },
    });
    env.user.setLifecycle(name, "proposed");
    await env.settle(name);
    env.api.patch("repositories", "blue", { spec: { approval: { automatic: [ONE_FIELD] } } });
    const next = await env.plan(name, "publish");
    env.api.patch("repositories", "blue", {
      spec: { approval: { automatic: [{ ...ONE_FIELD, expression: "false" }] } },
    });
    await publishProposal(next.scope, next.plan.draft, next.plan.commit, next.plan.rule);
    expect(env.commitOf(TAG)).toBeUndefined();
    await env.settle(name);
    expect(env.revision(name)).toMatchObject({ spec: { lifecycle: "proposed" }, status: { lifecycle: "proposed" } });
  });

  const UNEDITED: AutomaticRule = {
    name: "unedited",
    expression: "!revision.isEdited && change.riskCount == 0 && change.otherFileCount == 0",
  };

  it("counts as edited with what was pushed to main, also once it is rebased onto a later revision", async () => {
    const env = await StepEnv.openWithRuns({ approval: { automatic: [UNEDITED] } });
    await env.published("dns", { [FILE]: configMap("1") }, "zero");
    const name = await env.draft("dns", {});
    const other = await env.draft("dns", { "c.yaml": configMap("1", "c") }, "two");
    env.push("refs/heads/main", { "dns/b.yaml": configMap("1", "b") });
    await env.store.fetch();
    env.user.rebase(name, "dave");
    await env.settle(name);
    expect(env.page(name).spec.resources).toHaveProperty(["b.yaml"]);
    expect(parseCommitMetadata(env.messageOf("refs/heads/dns/one"))).toMatchObject({ edited: true });
    expect(env.revision(name).status).toMatchObject({ edited: true });
    env.user.setLifecycle(name, "proposed");
    await env.settle(name);
    expect(env.commitOf(TAG)).toBeUndefined();
    env.user.setLifecycle(name, "draft");
    env.user.rebase(other, "dave");
    await env.settle(other);
    await env.publish(other);
    await env.settle(name);
    env.user.rebase(name, "dave");
    await env.settle(name);
    expect(env.revision(name).status?.base).not.toHaveProperty("mainCommit");
    env.user.setLifecycle(name, "proposed");
    await env.settle(name);
    expect(env.commitOf("refs/tags/dns/v3")).toBeUndefined();
  });

  it("counts as edited if it begins with what was pushed to main", async () => {
    const env = await StepEnv.openWithRuns({ approval: { automatic: [UNEDITED] } });
    await env.published("dns", { [FILE]: configMap("1") }, "zero");
    env.push("refs/heads/main", { "dns/b.yaml": configMap("1", "b") });
    await env.store.fetch();
    const upstream = { repository: "blue", package: "dns", revision: "main" };
    const name = env.create("dns", { tasks: [{ type: "clone" }], upstream });
    await env.settle(name);
    expect(env.page(name).spec.resources).toHaveProperty(["b.yaml"]);
    expect(parseCommitMetadata(env.messageOf("refs/heads/dns/one"))).toMatchObject({ edited: true });
    expect(env.revision(name).status).toMatchObject({ edited: true });
    env.user.setLifecycle(name, "proposed");
    await env.settle(name);
    expect(env.commitOf(TAG)).toBeUndefined();
  });

  it("is a person's once a file changes that the rule does not allow", async () => {
    const { env, name, propose, ready } = await published();
    env.edit(name, { "run.sh": "rm" });
    await env.settle(name);
    await propose();
    expect(env.commitOf(TAG)).toBeUndefined();
    expect(ready()?.message).toContain("no automatic rule approves it (one-field: is not true)");
    env.user.approve(name);
    await env.settle(name);
    expect(parseCommitMetadata(env.messageOf(TAG))).toMatchObject({ approvedBy: "bob" });
  });
});

describe("a proposal that a rule approves, of a package that main has changed since", () => {
  it("is not requested to be published before main allows it", async () => {
    const { env, name, propose, ready } = await published();
    env.push(MAIN, { [`dns/${FILE}`]: configMap("of eve") });
    await env.store.fetch();
    await propose();
    expect(env.revision(name)).toMatchObject({
      spec: { lifecycle: "proposed" },
      status: { lifecycle: "proposed" },
    });
    expect(ready()?.reason).toBe("MainDiverged");
    expect(revisionIndexes.waitingToPublish(env.revision(name))).toEqual(["default/blue"]);
    // Main goes back to what was published.
    env.push(MAIN, { [`dns/${FILE}`]: configMap("1") });
    await env.store.fetch();
    await env.settle(name);
    expect(env.revision(name).status).toMatchObject({ lifecycle: "published", publishedByRule: "one-field" });
  });
});
