import { expect } from "vitest";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { waitUntil } from "../harness/wait.ts";
import type { ApiClient } from "../testenv/api-client.ts";
import type { GitReader } from "../testenv/git-reader.ts";
import type { TestEnv } from "../testenv/testenv.ts";

/** Lets a group of users approve, and waits until the API server knows. */
export async function bindApprovers(env: TestEnv, requestAs: ApiClient, group: string): Promise<void> {
  const path = `rbac.authorization.k8s.io/v1/namespaces/${env.namespace}/rolebindings`;
  const { code } = await requestAs("admin", "create", path, {
    metadata: { name: group },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "pkgserver-approver" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: group }],
  });
  expect(code).toBe(201);
  const revisions = `pkg.pkgserver.dev/v1alpha1/namespaces/${env.namespace}/packagerevisions`;
  await waitUntil("the group has the role", async () => {
    return (await requestAs({ username: "somebody", groups: [group] }, "get", revisions)).code === 200;
  });
}

export function revisionPath({ namespace }: Pick<TestEnv, "namespace">, name: string): string {
  return `pkg.pkgserver.dev/v1alpha1/namespaces/${namespace}/packagerevisions/${name}`;
}

export function digestOf({ status }: PackageRevision): string | undefined {
  return status?.proposal?.digest;
}

/** The patch of a user who approves what they have reviewed, beside others. */
export function furtherApproval(by: string, reviewed: PackageRevision, groups?: readonly string[]): object {
  return { spec: { approvals: { [by]: { digest: digestOf(reviewed), ...(groups && { groups }) } } } };
}

export function readyOf({ status }: PackageRevision) {
  return status?.conditions?.find(({ type }) => type === "Ready");
}

/** Everybody whom a commit or tag names as an approver. */
export async function approverNames(git: GitReader, object: string): Promise<readonly string[]> {
  const text = await git("cat-file", "-p", object);
  return [...text.matchAll(/^Approved-By: (.*)$/gm)].map(([, name]) => name ?? "");
}
