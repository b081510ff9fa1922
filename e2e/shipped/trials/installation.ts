import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { Keyring } from "../../../src/storage/git/signing/keyring.ts";
import { resolveHelm } from "../../harness/binaries.ts";
import { startControlPlane } from "../../harness/control-plane.ts";
import { applyManifests } from "../../harness/install.ts";
import { kubectlAs } from "../../harness/kubectl.ts";
import { has } from "../../testenv/needs.ts";
import type { DocumentedShell } from "../documented-shell.ts";
import { standInCrds } from "../foreign-kinds.ts";
import { root } from "../markdown.ts";
import { deleteNamespace, expectNamespaceIsEmpty, expectNothingLeft, withoutOperator } from "../without-operator.ts";
import { documentedBlocks, fill, type Trial } from "./trial.ts";

/** Of the operator, its chart and its permissions. */
export const INSTALLATION_TRIALS: readonly Trial[] = [
  {
    command: "ssh-keygen",
    run: async (script, { env, shell }) => {
      const namespace = `${env.namespace}-key`;
      await shell.run(`kubectl create namespace ${namespace}`);
      await shell.run(fill(script, { "pkgserver-system": namespace }));
      const path = "jsonpath={.data.ssh-privatekey}";
      const key = await shell.run(
        `kubectl get secret pkgserver-signing-key --namespace ${namespace} --output='${path}'`,
      );
      expect(Keyring.publicKeyOf(Buffer.from(key, "base64").toString())).toMatch(/^AAAA/);
    },
  },
  {
    command: "kubectl delete validatingadmissionpolicybinding",
    run: async (script, { shell }) => {
      // Policies are cluster-wide, and other tests rely on them.
      const dir = await mkdtemp(join(tmpdir(), "pkgserver-mend-"));
      const controlPlane = await startControlPlane({ dir });
      try {
        const inCluster = (text: string) => `export KUBECONFIG='${controlPlane.kubeconfigs.admin}'\n${text}`;
        const install = "helm install pkgserver helm/pkgserver --namespace pkgserver-system --create-namespace";
        await runHelm(shell, inCluster(install));
        await runHelm(shell, inCluster(fill(script, { NAME: "pkgserver-approval" })));
        await shell.run(inCluster("kubectl get validatingadmissionpolicybinding pkgserver-approval"));
      } finally {
        await controlPlane.stop();
        await rm(dir, { recursive: true });
      }
    },
  },
  {
    command: "--take-ownership",
    run: async (script, { shell }) => {
      const dir = await mkdtemp(join(tmpdir(), "pkgserver-own-"));
      const controlPlane = await startControlPlane({ dir });
      try {
        // As `make install` does, and then as a release of another name.
        await applyManifests(kubectlAs(controlPlane, "admin"));
        const inCluster = (text: string) => `export KUBECONFIG='${controlPlane.kubeconfigs.admin}'\n${text}`;
        await expect(
          runHelm(shell, inCluster(script.replace(" --take-ownership --force-conflicts", ""))),
        ).rejects.toThrow("ownership");
        await runHelm(shell, inCluster(script));
        await runHelm(shell, inCluster("helm uninstall pkgserver --namespace pkgserver-system"));
        await runHelm(shell, inCluster(script.replace("install pkgserver", "install packages")));
        const path = "jsonpath={.metadata.annotations.meta\\.helm\\.sh/release-name}";
        const crd = `kubectl get crd repositories.config.pkg.pkgserver.dev --output='${path}'`;
        expect(await shell.run(inCluster(crd))).toBe("packages");
      } finally {
        await controlPlane.stop();
        await rm(dir, { recursive: true });
      }
    },
  },
  {
    command: "helm uninstall",
    run: async (script, { shell }) => {
      const chart = "helm install pkgserver helm/pkgserver --namespace pkgserver-system --create-namespace";
      await withoutOperator(
        async ({ scriptFor }) => await runHelm(shell, scriptFor(chart)),
        async (cluster) => {
          await runHelm(shell, cluster.scriptFor(script));
          await expectNothingLeft(cluster);
        },
      );
    },
  },
  {
    command: "-f helm/pkgserver/files/policies/mutating/",
    run: async (script, { shell }) =>
      await withoutOperator(
        async ({ admin }) => await applyManifests(admin),
        async (cluster) => {
          const [uninstall] = documentedBlocks.filter((one) => one.script.includes("helm uninstall"));
          const rest = uninstall?.script.split("\n").slice(1).join("\n");
          const lines = script.trim().split("\n");
          const first = lines.filter((line) => has("MutatingAdmissionPolicy") || !line.includes("/mutating/"));
          await shell.run(cluster.scriptFor(`${first.join("\n")}\n${rest}`), { cwd: root });
          await expectNothingLeft(cluster);
        },
      ),
  },
  {
    command: "xargs -r kubectl patch",
    run: async (script, { shell }) =>
      await withoutOperator(
        async ({ admin }) => await applyManifests(admin),
        async (cluster) => {
          await deleteNamespace(cluster);
          await shell.run(cluster.scriptFor(fill(script, { NAMESPACE: "team" })));
          await expectNamespaceIsEmpty(cluster);
        },
      ),
  },
  {
    command: "create rolebinding",
    run: async (script, { shell }) => {
      await shell.run(script);
      const asked = "kubectl auth can-i update packagerevisions.pkg.pkgserver.dev --subresource=approval --as=zoe";
      expect((await shell.run(`${asked} --as-group=package-approvers`)).trim()).toBe("yes");
      expect((await shell.run(`${asked} || true`)).trim()).toBe("no");
    },
  },
  {
    command: "flux.yaml",
    // e2e/gitops runs it with Flux.
    run: async (script, { env, shell }) => {
      const admin = kubectlAs(env.controlPlane, "admin");
      const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "flux-system" } };
      await admin.applyYaml([...standInCrds(), namespace].map((one) => JSON.stringify(one)).join("\n---\n"));
      await shell.run("kubectl wait crd --all --for=condition=Established");
      await shell.run(script);
      await shell.run("kubectl get --namespace=flux-system gitrepository/deployments kustomization/edge1");
    },
  },
  {
    command: "helm install",
    // The cluster of the tests has the CRDs already: rendered, and not sent.
    run: async (script, { shell }) => {
      const output = await runHelm(shell, script.replace("helm install", "helm install --dry-run=client"));
      expect(output).toContain('image: "registry.example.com/pkgserver:');
    },
  },
  {
    command: "helm template",
    run: async (script, { shell }) => {
      const output = await runHelm(shell, script);
      for (const kind of ["Deployment", "CustomResourceDefinition", "MutatingAdmissionPolicy", "ClusterRole"])
        expect(output).toContain(`\nkind: ${kind}\n`);
    },
  },
  {
    command: "npx vitest run",
    run: async (script, { shell }) => {
      const output = await shell.run(script, { cwd: root });
      expect(output).toMatch(/[0-9]+ passed, 0 failed/);
    },
  },
];

async function runHelm({ run, dir }: DocumentedShell, script: string): Promise<string> {
  const bin = join(dir, "helm-bin");
  await mkdir(bin, { recursive: true });
  await symlink(await resolveHelm(), join(bin, "helm")).catch(() => {});
  return await run(`export PATH='${bin}':"$PATH"\n${script}`, { cwd: root });
}
