import { describe, expect } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import type { Packages } from "../testenv/packages.ts";
import { bindApprovers, digestOf, furtherApproval, revisionPath } from "./approval-policy.ts";

// What an editor, or an approver who wants to count twice, tries where two users and an owner have to approve.

const it = testWithEnv("twice");

const OWNERS = "net-owners";
const FILES = { "a.yaml": "a: 1\n" };
const approval = { required: 2, rules: [{ name: "edge", match: { targets: ["edge-*"] }, groups: [OWNERS] }] };

it.beforeAll(async ({ env, requestAs }) => {
  await bindApprovers(env, requestAs, OWNERS);
  for (const name of ["blue", "kept"]) {
    await env.git.createRepository(name);
    await env.register(name, { deployment: true, approval });
  }
});

async function propose(packages: Packages, name: string, repository = "blue") {
  const id = { target: "edge-1", repository, package: name, workspace: "one" };
  await packages.propose(await packages.createDraft(id, FILES));
  return await packages.get(`edge-1.${repository}.${name}.one`);
}
/** Nothing is published by any of these requests, however long the operator has them. */
async function isHeld(packages: Packages, name: string): Promise<void> {
  const { spec, status } = await packages.waitFor(name, "has seen everything", ({ status, metadata }) => {
    return status?.observedGeneration === metadata.generation;
  });
  expect([status?.lifecycle, status?.revision]).toEqual(["proposed", undefined]);
  expect(spec.lifecycle).toMatch(/^(proposed|published)$/);
}

describe.concurrent("approvals of several users", () => {
  it("are not forged by an editor, with whatever verb", async ({ env, packages, requestAs }) => {
    const reviewed = await propose(packages, "forged");
    const { name } = reviewed.metadata;
    const path = revisionPath(env, name);
    const both = { bob: { digest: digestOf(reviewed) }, carol: { digest: digestOf(reviewed) } };
    const forged = { ...reviewed, spec: { ...reviewed.spec, approvals: both } };
    for (const [verb, target, body] of [
      ["merge", path, { spec: { approvals: both } }],
      ["json", path, [{ op: "add", path: "/spec/approvals", value: both }]],
      ["replace", path, forged],
      ["apply", `${path}?fieldManager=alice&force=true`, { ...forged, metadata: { name } }],
      ["merge", `${path}/status`, { status: { approvals: [{ by: "bob", digest: digestOf(reviewed), at: null }] } }],
      ["merge", `${path}/status`, { status: { requiredApprovals: null } }],
    ] as const) {
      const { code } = await requestAs("alice", verb, target, body);
      expect([verb, target, code]).toEqual([
        verb,
        target,
        expect.toSatisfy((one: number) => one === 403 || one === 422),
      ]);
    }
    await isHeld(packages, name);
    await packages.delete(name);
  });

  it("are not obtained with a group that the API server does not vouch for", async ({ env, packages, requestAs }) => {
    const reviewed = await propose(packages, "groups");
    const { name } = reviewed.metadata;
    await packages.approve(name, "bob");
    await packages.waitForReason(name, "WaitingForApproval");
    const patch = JSON.stringify(furtherApproval("carol", reviewed, [OWNERS]));
    const asOwner = env.as("carol")(
      "patch",
      "pkgrev",
      name,
      "--type=merge",
      `--patch=${patch}`,
      "--as=carol",
      `--as-group=${OWNERS}`,
    );
    await expect(asOwner).rejects.toThrow(/cannot impersonate/);
    const claimed = await requestAs(
      "carol",
      "merge",
      revisionPath(env, name),
      furtherApproval("carol", reviewed, [OWNERS]),
    );
    expect(claimed.body.message).toContain("carol is not in all of them");
    await packages.patch(name, furtherApproval("carol", reviewed), "carol");
    const waiting = await packages.waitFor(name, "counts carol's", ({ status }) => status?.approvals?.length === 2);
    expect(waiting.status?.conditions?.find(({ type }) => type === "Ready")?.message).toBe(
      `2 of 3 approvals (bob, carol); waits for 1 of: group ${OWNERS} (rule edge)`,
    );
    await packages.takeBack(name, "proposed");
    await packages.delete(name);
  });

  it("are of one revision: neither copied to another one nor to one that is created", async ({
    env,
    packages,
    requestAs,
  }) => {
    const [one, other] = [await propose(packages, "first"), await propose(packages, "second")];
    await packages.patch(one.metadata.name, furtherApproval("carol", one), "carol");
    const { spec } = await packages.get(one.metadata.name);
    // The same files: the digest is the same.
    expect(digestOf(other)).toBe(digestOf(one));
    for (const user of ["bob", "admin"] as const) {
      const copy = { spec: { approvals: spec.approvals } };
      const { body } = await requestAs(user, "merge", revisionPath(env, other.metadata.name), copy);
      expect(body.message).toContain("adds their own approval, under their own name");
    }
    const { apiVersion, kind } = one;
    const packageRevID = { ...one.spec.packageRevID, workspace: "two" };
    const created = await requestAs("carol", "create", revisionPath(env, "").slice(0, -1), {
      apiVersion,
      kind,
      metadata: { name: "edge-1.blue.first.two" },
      spec: { packageRevID, lifecycle: "proposed", approvals: spec.approvals },
    });
    expect(created.body.message).toContain("only a proposal is approved");
    for (const { metadata } of [one, other]) await packages.delete(metadata.name);
  });

  it("do not survive the object: recreated from Git, the proposal has none", async ({ env, packages, requestAs }) => {
    const reviewed = await propose(packages, "kept", "kept");
    const { name } = reviewed.metadata;
    await packages.approve(name, "bob");
    await packages.waitForReason(name, "WaitingForApproval");
    await packages.patch(name, furtherApproval("carol", reviewed), "carol");
    await packages.waitFor(name, "counts carol's", ({ status }) => status?.approvals?.length === 2);
    await packages.request("carol", "delete", "repositories/kept");
    await waitUntil("the object is gone", async () => (await requestAs("admin", "get", revisionPath(env, name))).code, {
      until: (code) => code === 404,
    });
    await waitUntil("the Repository is gone", async () => {
      const path = `config.pkg.pkgserver.dev/v1alpha1/namespaces/${env.namespace}/repositories/kept`;
      return (await requestAs("admin", "get", path)).code === 404;
    });
    await env.register("kept", { deployment: true, approval });
    const again = await packages.waitForReason(name, "Proposed");
    expect([digestOf(again), again.spec.approval, again.spec.approvals, again.status?.approvals]).toEqual([
      digestOf(reviewed),
      undefined,
      undefined,
      undefined,
    ]);
    const frank = { username: "frank", groups: [OWNERS] };
    await packages.approve(name, "bob");
    await packages.waitForReason(name, "WaitingForApproval");
    const given = await requestAs(frank, "merge", revisionPath(env, name), furtherApproval("frank", again, [OWNERS]));
    expect(given.code).toBe(200);
    env.ledger.recordPublication(await packages.waitForReason(name, "Published"));
  });
});
