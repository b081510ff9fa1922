import { randomBytes } from "node:crypto";
import { describe, expect } from "vitest";
import { createKubectl, type Kubectl } from "../../harness/kubectl.ts";
import { waitUntil } from "../../harness/wait.ts";
import { testWithEnv } from "../../testenv/fixtures.ts";
import { holdNextPush } from "../../testenv/held-pushes.ts";
import { startUnresponsiveServer, type UnresponsiveServer } from "../../testenv/misbehaving-servers.ts";
import { readyReason, type TestEnv } from "../../testenv/testenv.ts";

/** Those of a namespace that are waited for without a worker (`slow-remotes.ts`), and with its share of workers. */
const WAITED_FOR = 32 + 8;
const SILENT = WAITED_FOR + 5;
/** More than the operator has workers for, as `WORKERS` in the controller's `setup.ts` has it. */
const HELD = 140;
const otherNamespace = `quiet-${randomBytes(3).toString("hex")}`;

let admin: Kubectl;

const it = testWithEnv("share", { alsoWatch: [otherNamespace], operator: { gitTimeouts: { list: "1h", push: "1h" } } });

it.beforeAll(async ({ env }) => {
  admin = createKubectl(env.controlPlane.kubectl, env.controlPlane.kubeconfigs.admin);
  await admin("create", "namespace", otherNamespace);
  await Promise.all(["beside", "quick", "held", "good"].map((name) => env.git.createRepository(name)));
});

const applyInOtherNamespace = async (manifest: object) =>
  await admin.applyYaml(JSON.stringify(manifest), `--namespace=${otherNamespace}`);

/** Registers Repositories whose remote accepts connections and never answers. Returns their names. */
async function applySilent(env: TestEnv, { port }: UnresponsiveServer, count: number): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_, at) => `silent-${at}`);
  const urlOf = (name: string) => `http://127.0.0.1:${port}/${name}.git`;
  await Promise.all(names.map((name) => env.applyRepository(name, {}, { url: urlOf(name) })));
  return names;
}

describe("a namespace whose remotes never answer", () => {
  it("reads another Repository of its own", async ({ env }) => {
    const silence = await startUnresponsiveServer();
    try {
      const names = await applySilent(env, silence, 20);
      await waitUntil("the workers wait for a response", () => silence.waiting() >= 8);
      await env.register("beside");
      const silent = await Promise.all(names.map((name) => env.repository(name)));
      expect(silent.filter((one) => readyReason(one) !== undefined)).toEqual([]);
      await env.as("admin")("delete", "pkgrepo", ...names);
    } finally {
      await silence.close();
    }
  });

  it("leaves workers for the Repositories of another namespace", async ({ env }) => {
    const silence = await startUnresponsiveServer();
    try {
      const names = await applySilent(env, silence, SILENT);
      await waitUntil("the namespace's share waits for a response", () => silence.waiting() >= WAITED_FOR);
      const stringData = { username: "pkgserver", password: env.password };
      await applyInOtherNamespace({ apiVersion: "v1", kind: "Secret", metadata: { name: "git-auth" }, stringData });
      await applyInOtherNamespace({
        apiVersion: "config.pkg.pkgserver.dev/v1alpha1",
        kind: "Repository",
        metadata: { name: "quick" },
        spec: { git: { url: env.git.url("quick"), credentials: "git-auth" } },
      });
      const look = () => admin("get", "pkgrepo", "quick", "--namespace", otherNamespace, "--output=json");
      await waitUntil("the other namespace's Repository is read", look, { until: (text) => text.includes('"Synced"') });
      const silent = await Promise.all(names.map((name) => env.repository(name)));
      expect(silent.filter((one) => readyReason(one) !== undefined)).toEqual([]);
      expect(silence.waiting()).toBe(WAITED_FOR);
      await Promise.all(names.map((name) => env.as("admin")("delete", "pkgrepo", name, "--wait=false")));
    } finally {
      await silence.close();
    }
  });
});

describe("a repository whose pushes hang", () => {
  it("leaves workers for the packages of another repository in its namespace", async ({ env, packages }) => {
    await Promise.all(["held", "good"].map((name) => env.register(name)));
    const push = await holdNextPush(env.git, "held", "before");
    const ids = Array.from({ length: HELD }, (_, at) => ({
      repository: "held",
      package: `p${at}`,
      workspace: "one",
    }));
    const names = await Promise.all(ids.map((id) => packages.create(id)));
    await push.reached();
    await packages.createPublished({ repository: "good", package: "web", workspace: "one" }, { "a.yaml": "a: 1\n" });
    const held = await Promise.all(names.map((name) => packages.get(name)));
    expect(held.filter((one) => one.status?.lifecycle !== undefined)).toEqual([]);
    await push.release();
    await Promise.all(names.map((name) => packages.waitForReason(name, "Draft")));
  });
});
