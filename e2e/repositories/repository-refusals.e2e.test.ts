import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKubectl, type Kubectl } from "../harness/kubectl.ts";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { readyReason, startTestEnv, type TestEnv } from "../testenv/testenv.ts";

const neighbour = `neighbour-${randomBytes(3).toString("hex")}`;
let env: TestEnv;
let admin: Kubectl;
beforeAll(async () => {
  env = await startTestEnv("refusals", { operator: { transports: ["http"] }, alsoWatch: [neighbour] });
  admin = createKubectl(env.controlPlane.kubectl, env.controlPlane.kubeconfigs.admin);
  await env.git.createRepository("shared");
  const files = { "a/web/x.yaml": "a\n", "ab/web/x.yaml": "ab\n", "b/web/x.yaml": "b\n" };
  await pushExternally(env.git, "shared", { files, tags: ["a/web/v1", "ab/web/v1", "b/web/v1"] });
});
afterAll(async () => await env?.end());

const shared = (directory: string, url = env.git.url("shared")) => ({ url, directory });
const stalled = async (name: string, reason: string) => {
  const { status } = await env.waitForRepository(name, reason);
  expect(status?.conditions?.map((one) => [one.type, one.status, one.reason])).toEqual([
    ["Ready", "False", reason],
    ["Stalled", "True", reason],
  ]);
  return status?.conditions?.[0]?.message;
};
const revisionsOf = async (repository: string) =>
  (await env.revisions()).filter((one) => one.spec.packageRevID.repository === repository).length;

describe("a Repository that is not served", () => {
  it("is of a type that is not supported yet", async () => {
    const repository = { apiVersion: "config.pkg.pkgserver.dev/v1alpha1", kind: "Repository", spec: { type: "oci" } };
    await env.as("admin").applyYaml(JSON.stringify({ ...repository, metadata: { name: "oci" } }));
    expect(await stalled("oci", "NotSupported")).toBe("spec.type oci is not supported yet: use git");
  });

  it("has a transport that the operator's administrator does not allow", async () => {
    await env.applyRepository("file", {}, { url: `file://${env.git.path("shared")}` });
    expect(await stalled("file", "TransportNotAllowed")).toMatch(/spec\.git\.url: .*file is not allowed.*https, ssh/);
  });
});

describe("two Repositories of one address", () => {
  it("are refused to the younger where their folders overlap, however the address is spelt", async () => {
    await env.register("old", {}, shared("a"));
    const address = new URL(env.git.url("shared"));
    const spellings = {
      "young-same": shared("a"),
      "young-root": shared(""),
      "young-below": shared("a/web"),
      "young-spelling": shared("a", `${address.origin}//shared/`),
    };
    for (const [name, git] of Object.entries(spellings)) {
      await env.applyRepository(name, {}, git);
      expect(await stalled(name, "RepositoryOverlap")).toContain("Repository old has the same URL");
    }
    expect(readyReason(await env.repository("old"))).toBe("Synced");
    await env.as("admin")("delete", "pkgrepo", "young-root", "young-below", "young-spelling");
  });

  it("are fine where their folders lie beside each other", async () => {
    await env.register("old-beside", {}, shared("ab"));
    await env.register("old-other", {}, shared("b"));
    expect(await revisionsOf("old-beside")).toBe(1);
  });

  it("are fine in two namespaces", async () => {
    await admin("create", "namespace", neighbour);
    const secret = await env.as("admin").getJson<{ data: object; type: string }>("secret", "git-auth");
    const { data, type } = secret;
    const inNeighbour = (object: object, name: string) => ({ ...object, metadata: { name, namespace: neighbour } });
    await admin.applyYaml(JSON.stringify(inNeighbour({ apiVersion: "v1", kind: "Secret", type, data }, "git-auth")));
    const { apiVersion, kind, spec } = await env.repository("old");
    await admin.applyYaml(JSON.stringify(inNeighbour({ apiVersion, kind, spec }, "old")));
    const look = () => admin("get", "pkgrev", "--namespace", neighbour, "--no-headers");
    await waitUntil("the neighbour's is there", look, { until: (text) => /^catalog\.old\.web\.v1 +True/.test(text) });
  });

  it("are free when the older one goes", async () => {
    await stalled("young-same", "RepositoryOverlap");
    await env.as("admin")("delete", "pkgrepo", "old");
    await env.waitForRepository("young-same", "Synced");
    await env.waitForReason("catalog.young-same.web.v1", "Published");
    expect(await revisionsOf("old")).toBe(0);
  });
});
