import { describe, expect } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import type { ApiClient } from "../testenv/api-client.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import type { TestEnv } from "../testenv/testenv.ts";

const it = testWithEnv("rights");

/** A ServiceAccount of the environment's namespace; the API server adds its groups. */
const botOf = ({ namespace }: TestEnv) => ({ username: `system:serviceaccount:${namespace}:bot` });

const rolebindings = ({ namespace }: TestEnv) => `rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`;

/** Lets the ServiceAccounts of the namespace approve, as a group: none of them is named. */
async function bindApprovers(env: TestEnv, requestAs: ApiClient, name: string): Promise<void> {
  const { code } = await requestAs("admin", "create", rolebindings(env), {
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "pkgserver-approver" },
    subjects: [
      { apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: `system:serviceaccounts:${env.namespace}` },
    ],
  });
  expect(code).toBe(201);
}

describe("the right of an approver that is a ServiceAccount", () => {
  it("may come from a group, and is required until the publication", async ({ env, packages, requestAs }) => {
    await env.git.createRepository("fleet");
    await env.register("fleet");
    const git = createGitReader(env.git, "fleet");
    await bindApprovers(env, requestAs, "bots");
    const bot = botOf(env);
    const pathOf = (name: string) => `pkg.pkgserver.dev/v1alpha1/namespaces/${env.namespace}/packagerevisions/${name}`;
    // A role binding takes effect a moment after it was written.
    const waitForRight = async (name: string, code: number) =>
      await waitUntil(`a request of the bot is answered with ${code}`, async () => {
        return (await requestAs(bot, "merge", `${pathOf(name)}?dryRun=All`, { spec: {} })).code === code;
      });
    const approve = async (name: string) => {
      await waitForRight(name, 200);
      const reviewed = await env.revision(name);
      env.ledger.recordApproval(reviewed);
      const approval = { digest: reviewed.status?.proposal?.digest, by: bot.username };
      const { code } = await requestAs(bot, "merge", pathOf(name), { spec: { lifecycle: "published", approval } });
      expect(code).toBe(200);
    };
    const propose = async (name: string) => {
      const id = { repository: "fleet", package: name, workspace: "one" };
      return (await packages.propose(await packages.createDraft(id, { "a.yaml": "a: 1\n" }))).metadata.name;
    };
    const first = await propose("first");
    await approve(first);
    const published = await env.waitForReason(first, "Published");
    expect(published.status?.publishedBy).toBe(bot.username);
    env.ledger.recordPublication(published);

    const second = await propose("second");
    await env.operator.stop();
    await approve(second);
    expect((await requestAs("admin", "delete", `${rolebindings(env)}/bots`)).code).toBe(200);
    await waitForRight(second, 403);
    await env.restartOperator("kill");
    const refused = await env.waitForReason(second, "ApproverNotAllowed");
    expect(refused.status?.waitingFor).toEqual(["ApproverNotAllowed"]);
    expect(await git.refs()).not.toContain("tags/second/v1");

    await bindApprovers(env, requestAs, "bots-again");
    await waitForRight(second, 200);
    await env.sync("fleet");
    env.ledger.recordPublication(await env.waitForReason(second, "Published"));
    expect(await git.refs()).toContain("tags/second/v1");
  });
});
