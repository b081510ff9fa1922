import { describe, expect } from "vitest";
import type { ConfigMap, Secret } from "../../src/controllers/shared/kinds.ts";
import { ALLOWED_SIGNERS } from "../../src/controllers/signing/signing-keys.ts";
import { createKubectl } from "../harness/kubectl.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { needs } from "../testenv/needs.ts";
import { startOwnControlPlane } from "../testenv/own-control-plane.ts";
import { createPackages } from "../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../testenv/testenv.ts";

const SIGNING_KEY = "pkgserver-signing-key";

/** `env`: the cluster that is lost; `second`: another control plane, which has the first one's keys and namespace. */
const it = testWithEnv("survive", { end: { skipInvariants: "its cluster is lost; the second one checks the remote" } })
  .extend("secondControlPlane", { scope: "file" }, async ({}, { onCleanup }) => {
    const own = await startOwnControlPlane("second");
    onCleanup(async () => await own.end());
    return own.provided;
  })
  .extend("startSecond", { scope: "file" }, ({ env, secondControlPlane: controlPlane }, { onCleanup }) => {
    let second: TestEnv | undefined;
    onCleanup(async () => await second?.end());
    return async () => {
      const admin = createKubectl(controlPlane.kubectl, controlPlane.kubeconfigs.admin);
      await admin.applyYaml((await copyKeys(env)).map((one) => JSON.stringify(one)).join("\n---\n"));
      second = await startTestEnv("second", { controlPlane, namespace: env.namespace });
      second.registerSecret(env.password);
      return second;
    };
  });

/** The namespace of a cluster with all that its administrator has saved: two Secrets and the ConfigMap. */
async function copyKeys(env: TestEnv): Promise<readonly object[]> {
  const admin = env.as("admin");
  const metadata = (name: string) => ({ name, namespace: env.namespace });
  const secrets = [SIGNING_KEY, "git-auth"].map(async (name) => {
    const { type, data } = await admin.getJson<Secret>("secret", name);
    // The namespace of an environment has a `git-auth` of its own.
    const copy = name === SIGNING_KEY ? name : "git-first";
    return { apiVersion: "v1", kind: "Secret", metadata: metadata(copy), type, data };
  });
  const { data } = await admin.getJson<ConfigMap>("configmap", ALLOWED_SIGNERS.name);
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: env.namespace } },
    ...(await Promise.all(secrets)),
    { apiVersion: "v1", kind: "ConfigMap", metadata: metadata(ALLOWED_SIGNERS.name), data },
  ];
}

describe("a cluster that has nothing of a lost one but its keys and its remote", () => {
  it(
    ...needs("MutatingAdmissionPolicy", "knows who edited a draft there, who cannot approve it here"),
    async ({ env, packages, startSecond }) => {
      const fourEyes = { approval: { fourEyes: true } };
      await env.git.createRepository("eyes", { seed: { "readme.md": "all\n" } });
      await env.register("eyes", fourEyes);
      const name = await packages.createDraft({ repository: "eyes", package: "web", workspace: "one" });
      await packages.save(name, { "a.yaml": "carol's\n" }, "carol");
      const { commit } = (await packages.get(name)).status ?? {};
      await env.operator.stop();

      const second = await startSecond();
      await second.register("eyes", fourEyes, { url: env.git.url("eyes"), credentials: "git-first" });
      const there = await createPackages(second);
      const { status } = await there.waitForReason(name, "Draft");
      expect(status).toMatchObject({ commit, provenance: "Operator" });
      await there.propose(name, "alice");
      await there.approve(name, "carol");
      await there.waitForReason(name, "FourEyes");
      expect(await createGitReader(env.git, "eyes").refs()).toEqual(["heads/web/one"]);
      await there.setLifecycle(name, "proposed", "carol");
      await there.waitForReason(name, "Proposed");
      await there.approve(name, "bob");
      const published = await there.waitForReason(name, "Published");
      expect(published.status).toMatchObject({ revision: "v1", provenance: "Operator", publishedBy: "bob" });
    },
  );
});
