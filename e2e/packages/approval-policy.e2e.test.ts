import { describe, expect } from "vitest";
import type { Impersonated } from "../testenv/api-client.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { needs } from "../testenv/needs.ts";
import type { Packages } from "../testenv/packages.ts";
import { approverNames, bindApprovers, digestOf, furtherApproval, readyOf, revisionPath } from "./approval-policy.ts";

const it = testWithEnv("policy");

/** Whoever the API server says is in this group. */
const OWNERS = "net-owners";
const FRANK: Impersonated = { username: "frank", groups: [OWNERS] };
const GINA: Impersonated = { username: "gina", groups: ["staff"] };
const FILES = { "a.yaml": "a: 1\n", "rbac/role.yaml": "b: 1\n" };

it.beforeAll(async ({ env, requestAs }) => {
  for (const repository of ["two", "owned", "paths", "eyes", "changed"]) await env.git.createRepository(repository);
  for (const group of ["staff", OWNERS]) await bindApprovers(env, requestAs, group);
  const rule = { name: "edge", match: { targets: ["edge-*"] }, groups: [OWNERS] };
  await env.register("two", { approval: { required: 2 } });
  await env.register("owned", { deployment: true, approval: { rules: [rule] } });
  const rbac = { name: "rbac", match: { paths: ["rbac/*"] }, groups: [OWNERS] };
  await env.register("paths", { approval: { rules: [rbac] } });
  await env.register("eyes", { approval: { fourEyes: true, required: 2 } });
  await env.register("changed", {});
});

async function propose(packages: Packages, id: object): Promise<string> {
  const name = await packages.createDraft({ package: "net", workspace: "one", repository: "", ...id }, FILES);
  await packages.propose(name);
  return name;
}

describe.concurrent("a Repository that requires several approvals", () => {
  it("publishes with the last one, and names everybody who gave one", async ({ env, packages }) => {
    const git = createGitReader(env.git, "two");
    const name = await propose(packages, { repository: "two" });
    const before = await packages.get(name);
    expect(before.status?.requiredApprovals).toEqual([{ required: 2 }]);
    expect(readyOf(before)?.message).toContain("0 of 2 approvals; waits for 2 of: any approver");
    await packages.approve(name, "bob");
    const waiting = await packages.waitForReason(name, "WaitingForApproval");
    expect(readyOf(waiting)?.message).toBe("1 of 2 approvals (bob); waits for 1 of: any approver");
    expect(waiting.status).toMatchObject({
      lifecycle: "proposed",
      waitingFor: ["WaitingForApproval"],
      approvals: [{ by: "bob", digest: digestOf(before), at: expect.any(String) }],
    });
    // A second one of the same user is none.
    await packages.patch(name, furtherApproval("bob", before), "bob");
    await packages.waitFor(name, "has seen it", ({ status, metadata, spec }) => {
      return spec.approvals !== undefined && status?.observedGeneration === metadata.generation;
    });
    expect(await git.refs()).not.toContain("tags/net/v1");
    await packages.patch(name, furtherApproval("carol", before), "carol");
    const published = await packages.waitForReason(name, "Published");
    env.ledger.recordPublication(published);
    expect(published.status).toMatchObject({ publishedBy: "bob", approvals: [{ by: "bob" }, { by: "carol" }] });
    expect(await approverNames(git, "net/v1")).toEqual(["bob", "carol"]);
  });

  it("does not publish while one is taken back, and forgets all of them with the proposal", async ({
    env,
    packages,
  }) => {
    const git = createGitReader(env.git, "two");
    const name = await propose(packages, { repository: "two", package: "back" });
    const reviewed = await packages.get(name);
    await packages.patch(name, furtherApproval("carol", reviewed), "carol");
    const carols = await packages.waitFor(name, "counts carol's", ({ status }) => status?.approvals?.length === 1);
    expect(carols.spec.lifecycle).toBe("proposed");
    await packages.patch(name, { spec: { approvals: { carol: null } } }, "carol");
    await packages.waitFor(name, "counts none", ({ status }) => status?.approvals === undefined);
    await packages.approve(name, "bob");
    await packages.waitForReason(name, "WaitingForApproval");
    await packages.patch(name, furtherApproval("admin", reviewed), "admin");
    env.ledger.recordPublication(await packages.waitForReason(name, "Published"));
    expect(await approverNames(git, "back/v1")).toEqual(["bob", "admin"]);

    const again = await propose(packages, { repository: "two", package: "again" });
    const first = await packages.get(again);
    await packages.patch(again, furtherApproval("carol", first), "carol");
    await packages.waitFor(again, "counts carol's", ({ status }) => status?.approvals?.length === 1);
    await packages.patch(again, { spec: { lifecycle: "draft", approvals: null } });
    await packages.waitForReason(again, "Draft");
    // The same files: the digest is the same.
    const second = await packages.propose(again);
    expect(digestOf(second)).toBe(digestOf(first));
    expect([second.spec.approvals, second.status?.approvals]).toEqual([undefined, undefined]);
    await packages.approve(again, "bob");
    await packages.waitForReason(again, "WaitingForApproval");
    await packages.takeBack(again, "draft");
    await packages.waitFor(again, "is a draft", ({ status }) => status?.lifecycle === "draft");
  });

  it("asks owners about their targets, and nobody else about them", async ({ env, packages, requestAs }) => {
    const id = { repository: "owned", target: "edge-1" };
    const name = await propose(packages, id);
    const reviewed = await packages.get(name);
    expect(reviewed.status?.requiredApprovals).toEqual([{ rule: "edge", groups: [OWNERS], required: 1 }]);
    await packages.approve(name, "bob");
    const waiting = await packages.waitForReason(name, "WaitingForApproval");
    expect(readyOf(waiting)?.message).toBe(`1 of 2 approvals (bob); waits for 1 of: group ${OWNERS} (rule edge)`);
    const approve = async (user: Impersonated, groups?: readonly string[]) =>
      await requestAs(user, "merge", revisionPath(env, name), furtherApproval(user.username, reviewed, groups));
    expect((await approve(GINA, [OWNERS])).body.message).toContain("gina is not in all of them");
    expect((await approve(GINA)).code).toBe(200);
    await packages.waitFor(name, "counts gina's", ({ status }) => status?.approvals?.length === 2);
    expect((await packages.get(name)).status?.lifecycle).toBe("proposed");
    expect((await approve(FRANK, [OWNERS])).code).toBe(200);
    const published = await packages.waitForReason(name, "Published");
    env.ledger.recordPublication(published);
    expect(published.status?.approvals).toEqual([
      expect.objectContaining({ by: "bob" }),
      expect.objectContaining({ by: "frank", groups: [OWNERS] }),
      expect.objectContaining({ by: "gina" }),
    ]);
    const other = await propose(packages, { ...id, target: "core-1" });
    await packages.publish(other);
  });

  it("asks owners about changes of their files", async ({ env, packages, requestAs }) => {
    const name = await propose(packages, { repository: "paths" });
    const reviewed = await packages.get(name);
    env.ledger.recordApproval(reviewed);
    const spec = {
      lifecycle: "published",
      approval: { digest: digestOf(reviewed), by: "frank", groups: [OWNERS] },
    };
    expect((await requestAs(FRANK, "merge", revisionPath(env, name), { spec })).code).toBe(200);
    env.ledger.recordPublication(await packages.waitForReason(name, "Published"));
    const next = async (workspace: string, edit: Readonly<Record<string, string | null>>) => {
      const one = await packages.createDraft({ repository: "paths", package: "net", workspace });
      await packages.save(one, edit);
      await packages.propose(one);
      return one;
    };
    const others = await next("two", { "a.yaml": "a: 2\n" });
    await packages.publish(others);
    for (const [workspace, edit] of [
      ["three", { "rbac/role.yaml": null }],
      ["four", { "rbac/more.yaml": "c: 1\n" }],
    ] as const) {
      const owned = await next(workspace, edit);
      await packages.approve(owned, "bob");
      await packages.waitForReason(owned, "WaitingForApproval");
      await packages.takeBack(owned, "proposed");
      await packages.waitForReason(owned, "Proposed");
      await packages.delete(owned);
    }
  });

  it(
    ...needs("MutatingAdmissionPolicy", "does not count those who edited it, under four eyes"),
    async ({ env, packages }) => {
      const name = await packages.createDraft({ repository: "eyes", package: "net", workspace: "one" }, FILES);
      await packages.save(name, { "a.yaml": "a: 2\n" }, "carol");
      await packages.propose(name);
      const reviewed = await packages.get(name);
      await packages.approve(name, "bob");
      await packages.waitForReason(name, "WaitingForApproval");
      await packages.patch(name, furtherApproval("carol", reviewed), "carol");
      const seen = await packages.waitFor(name, "has seen carol's", ({ status, metadata, spec }) => {
        return spec.approvals !== undefined && status?.observedGeneration === metadata.generation;
      });
      expect(readyOf(seen)?.message).toContain("not counted: carol, who proposed, edited or changed it");
      expect(readyOf(seen)?.message).toContain("waits for 1 of: any approver, other than alice, carol");
      await packages.patch(name, furtherApproval("admin", reviewed), "admin");
      env.ledger.recordPublication(await packages.waitForReason(name, "Published"));
      expect(await approverNames(createGitReader(env.git, "eyes"), "net/v1")).toEqual(["bob", "admin"]);
    },
  );

  it("counts by the policy of the publication, not by that of the proposal", async ({ env, packages }) => {
    const name = await propose(packages, { repository: "changed" });
    const reviewed = await packages.get(name);
    expect(reviewed.status?.requiredApprovals).toBeUndefined();
    const require = async (required: number | null) =>
      await packages.request("admin", "merge", "repositories/changed", { spec: { approval: { required } } });
    await require(2);
    await packages.waitFor(name, "asks for two", ({ status }) => status?.requiredApprovals?.[0]?.required === 2);
    await packages.approve(name, "bob");
    await packages.waitForReason(name, "WaitingForApproval");
    await require(null);
    env.ledger.recordPublication(await packages.waitForReason(name, "Published"));
    expect(await approverNames(createGitReader(env.git, "changed"), "net/v1")).toEqual(["bob"]);
  });
});
