import { randomBytes } from "node:crypto";
import { describe, expect } from "vitest";
import { kubectlAs } from "../harness/kubectl.ts";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { readyReason, type TestEnv } from "../testenv/testenv.ts";

const otherNamespace = `other-${randomBytes(3).toString("hex")}`;

const it = testWithEnv("refusals", { operator: { transports: ["http"] }, alsoWatch: [otherNamespace] });

/** Waits until a Repository is Stalled for this reason, and returns the message. */
async function waitForStalled(env: TestEnv, name: string, reason: string): Promise<string | undefined> {
  const { status } = await env.waitForRepository(name, reason);
  expect(status?.conditions?.map((one) => [one.type, one.status, one.reason])).toEqual([
    ["Ready", "False", reason],
    ["Stalled", "True", reason],
  ]);
  return status?.conditions?.[0]?.message;
}

/** Creates a repository with a package in each of the folders a, ab and b. */
async function createRemote(env: TestEnv, name: string): Promise<(directory: string) => object> {
  await env.git.createRepository(name);
  const files = { "a/web/x.yaml": "a\n", "ab/web/x.yaml": "ab\n", "b/web/x.yaml": "b\n" };
  await pushExternally(env.git, name, { files, tags: ["a/web/v1", "ab/web/v1", "b/web/v1"] });
  return (directory) => ({ url: env.git.url(name), directory });
}

async function countRevisions(env: TestEnv, repository: string): Promise<number> {
  return (await env.revisions()).filter((one) => one.spec.packageRevID.repository === repository).length;
}

describe("a Repository that is refused", () => {
  it("has a type that is not supported yet", async ({ env }) => {
    const repository = { apiVersion: "config.pkg.pkgserver.dev/v1alpha1", kind: "Repository", spec: { type: "oci" } };
    await env.as("admin").applyYaml(JSON.stringify({ ...repository, metadata: { name: "oci" } }));
    expect(await waitForStalled(env, "oci", "NotSupported")).toBe("spec.type oci is not supported yet: use git");
  });

  it("has a transport that the administrator does not allow", async ({ env }) => {
    await env.applyRepository("file", {}, { url: `file://${env.git.path("anything")}` });
    expect(await waitForStalled(env, "file", "TransportNotAllowed")).toMatch(
      /spec\.git\.url: .*file is not allowed.*https, ssh/,
    );
  });
});

describe("two Repositories of one URL", () => {
  it("are refused for the younger one where their folders overlap, in every spelling of the URL", async ({ env }) => {
    const remote = await createRemote(env, "overlap");
    await env.register("old", {}, { ...remote("a") });
    const { origin } = new URL(env.git.url("overlap"));
    const younger = {
      "young-same": remote("a"),
      "young-root": remote(""),
      "young-below": remote("a/web"),
      "young-spelling": { url: `${origin}//overlap/`, directory: "a" },
    };
    for (const [name, git] of Object.entries(younger)) {
      await env.applyRepository(name, {}, { ...git });
      expect(await waitForStalled(env, name, "RepositoryOverlap")).toContain("Repository old has the same URL");
    }
    expect(readyReason(await env.repository("old"))).toBe("Synced");
  });

  it("are accepted where their folders do not overlap", async ({ env }) => {
    const remote = await createRemote(env, "beside");
    await env.register("beside-a", {}, { ...remote("a") });
    await env.register("beside-ab", {}, { ...remote("ab") });
    await env.register("beside-b", {}, { ...remote("b") });
    expect(await countRevisions(env, "beside-ab")).toBe(1);
  });

  it("are accepted in two namespaces", async ({ env }) => {
    const remote = await createRemote(env, "both");
    await env.register("both", {}, { ...remote("a") });
    const admin = kubectlAs(env.controlPlane, "admin");
    await admin("create", "namespace", otherNamespace);
    const { data, type } = await env.as("admin").getJson<{ data: object; type: string }>("secret", "git-auth");
    const inOther = (object: object, name: string) => ({ ...object, metadata: { name, namespace: otherNamespace } });
    await admin.applyYaml(JSON.stringify(inOther({ apiVersion: "v1", kind: "Secret", type, data }, "git-auth")));
    const { apiVersion, kind, spec } = await env.repository("both");
    await admin.applyYaml(JSON.stringify(inOther({ apiVersion, kind, spec }, "both")));
    const list = () => admin("get", "pkgrev", "--namespace", otherNamespace, "--no-headers");
    await waitUntil("the revision is Ready in the other namespace", list, {
      until: (text) => /^catalog\.both\.web\.v1 +True/.test(text),
    });
  });

  it("are accepted for the younger one when the older one is deleted", async ({ env }) => {
    const remote = await createRemote(env, "freed");
    await env.register("older", {}, { ...remote("a") });
    await env.applyRepository("younger", {}, { ...remote("a") });
    await waitForStalled(env, "younger", "RepositoryOverlap");
    await env.as("admin")("delete", "pkgrepo", "older");
    await env.waitForRepository("younger", "Synced");
    await env.waitForReason("catalog.younger.web.v1", "Published");
    expect(await countRevisions(env, "older")).toBe(0);
  });
});
