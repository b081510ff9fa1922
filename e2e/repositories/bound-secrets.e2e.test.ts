import { describe, expect } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import type { TestEnv } from "../testenv/testenv.ts";

const ALLOWED = "pkg.pkgserver.dev/allowed-hosts";
const BOUND = { "pkg.pkgserver.dev/bound-credentials": "true" };

/**
 * carol, who administers packages and reads no Secret, may `use` git-auth. `localhost` stands for a server of her own:
 * the Git server's port under another name.
 */
const it = testWithEnv("bound").extend("bind", { scope: "file" }, async ({ env }) => {
  for (const name of ["allowed", "stolen"]) {
    await env.git.createRepository(name);
    await pushExternally(env.git, name, { files: { "web/a.yaml": "a\n" }, tags: ["web/v1"] });
  }
  const role = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: "use-git-auth" },
    rules: [{ apiGroups: [""], resources: ["secrets"], resourceNames: ["git-auth"], verbs: ["use"] }],
  };
  await env.as("admin").applyYaml(JSON.stringify(role));
  await env.as("admin")("create", "rolebinding", "use-git-auth", "--role=use-git-auth", "--user=carol");
  return async (hosts: string | undefined) => {
    const annotation = hosts === undefined ? `${ALLOWED}-` : `${ALLOWED}=${hosts}`;
    await env.as("admin")("annotate", "--overwrite", "secret", "git-auth", annotation);
  };
});

const hostOf = (env: TestEnv) => new URL(env.git.url("allowed")).host;

function repository(name: string, url: string, annotations: object = BOUND): string {
  return JSON.stringify({
    apiVersion: "config.pkg.pkgserver.dev/v1alpha1",
    kind: "Repository",
    metadata: { name, annotations },
    spec: { git: { url, credentials: "git-auth" } },
  });
}

const requestsOf = (env: TestEnv, name: string) =>
  env.git.requests().filter(({ path }) => path.startsWith(`/${name}.git/`));

async function messageOf(env: TestEnv, name: string): Promise<string | undefined> {
  const { status } = await env.waitForRepository(name, "HostNotAllowed");
  expect(status?.conditions?.map((one) => [one.type, one.status, one.reason])).toEqual([
    ["Ready", "False", "HostNotAllowed"],
    ["Stalled", "True", "HostNotAllowed"],
  ]);
  return status?.conditions?.[0]?.message;
}

describe("a Secret that a user may use and not read", () => {
  it("cannot be sent to a server of the user's own, neither unbound nor bound to another host", async ({
    env,
    bind,
  }) => {
    const own = env.git.url("stolen").replace("127.0.0.1", "localhost");
    expect(own).toContain("localhost");
    await bind(undefined);
    await expect(env.as("carol").applyYaml(repository("plain", own, {}))).rejects.toThrow(/needs get on that Secret/);
    await env.as("carol").applyYaml(repository("stolen", own));
    expect(await messageOf(env, "stolen")).toMatch(/git-auth is bound to no host/);
    await bind(hostOf(env));
    const named = async () => await messageOf(env, "stolen");
    await waitUntil("the host is named", named, { until: (text) => text?.includes("localhost:") ?? false });
    await bind("*");
    await waitUntil("the annotation is invalid", named, { until: (text) => text?.includes("is invalid") ?? false });
    expect(requestsOf(env, "stolen")).toEqual([]);
    const unbind = env.as("carol")("annotate", "pkgrepo", "stolen", "pkg.pkgserver.dev/bound-credentials-");
    await expect(unbind).rejects.toThrow(/needs get on that Secret/);
    await env.as("carol")("delete", "pkgrepo", "stolen");
  });

  it("is sent to its host, and to none from the moment when that changes", async ({ env, bind, packages }) => {
    await bind(hostOf(env));
    await env.as("carol").applyYaml(repository("allowed", env.git.url("allowed")));
    await env.waitForRepository("allowed", "Synced");
    await env.waitForReason("catalog.allowed.web.v1", "Published");
    const draft = await packages.createDraft({ repository: "allowed", package: "web", workspace: "second" });
    await bind("git.example.com");
    expect(await messageOf(env, "allowed")).toContain(`git-auth may not be sent to ${hostOf(env)} (http)`);
    env.git.forgetRequests();
    await packages.edit(draft, { "b.yaml": "b: 1\n" });
    // A new generation that is refused again shows that the operator has reconciled after the edit.
    await env.as("carol")("patch", "pkgrepo", "allowed", "--type=merge", '--patch={"spec":{"sync":{"interval":"1s"}}}');
    await env.waitForRepository("allowed", "HostNotAllowed");
    expect((await env.repository("allowed")).status?.commit).toBeDefined();
    expect(env.git.requests()).toEqual([]);
    await bind(`git.example.com,${hostOf(env)}`);
    await env.waitForRepository("allowed", "Synced");
    await packages.waitForAcknowledgement(draft);
  });
});
