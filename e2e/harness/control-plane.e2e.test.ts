import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { startControlPlane } from "./control-plane.ts";
import { type Kubectl, kubectlAs } from "./kubectl.ts";
import { waitForPolicies } from "./policies.ts";
import { isRunning, type ProcessRef } from "./processes.ts";
import { waitUntil } from "./wait.ts";

describe("control-plane", () => {
  const shared = inject("controlPlane");

  it("grants users the rights of their roles alone", async () => {
    const [admin, alice, bob] = [kubectlAs(shared, "admin"), kubectlAs(shared, "alice"), kubectlAs(shared, "bob")];
    await makeNamespace(admin, "harness-users");
    const list = ["get", "configmaps", "--namespace=harness-users"];
    await expect(alice(...list)).rejects.toThrow(/User "alice" cannot list resource "configmaps"/);
    await admin("create", "role", "reader", "--verb=list", "--resource=configmaps", "--namespace=harness-users");
    await admin("create", "rolebinding", "reader", "--role=reader", "--user=alice", "--namespace=harness-users");
    await waitUntil("alice may list", () => alice.getJson<{ items: unknown[] }>(...list.slice(1)), {
      until: (found) => found.items.length === 0,
    });
    await expect(bob(...list)).rejects.toThrow(/User "bob" cannot list/);
  });

  it("identifies the operator by its ServiceAccount", async () => {
    const whoAmI = await kubectlAs(shared, "operator")("auth", "whoami", "-o", "jsonpath={.status.userInfo.username}");
    expect(whoAmI).toBe("system:serviceaccount:pkgserver-system:pkgserver");
  });

  it("writes kubeconfigs that only their owner may read", async () => {
    for (const file of Object.values(shared.kubeconfigs)) expect((await stat(file)).mode & 0o077).toBe(0);
  });

  it("waits until a policy is active", async () => {
    const admin = kubectlAs(shared, "admin");
    await admin.applyYaml(refuseConfigMapsNamed("harness-forbidden"), "--server-side");
    onTestFinished(async () => {
      await admin("delete", "validatingadmissionpolicy,validatingadmissionpolicybinding", "harness-forbidden");
    });
    const manifest = "{apiVersion: v1, kind: ConfigMap, metadata: {name: harness-forbidden, namespace: default}}";
    await waitForPolicies(admin, [{ policy: "harness-forbidden", manifest, answer: /not this name/ }]);
    await expect(admin.applyYaml(manifest)).rejects.toThrow(/not this name/);
  });

  it("keeps its data and its port when the API server is killed, paused or stopped", async () => {
    const dir = await makeFolder();
    const first = await startControlPlane({ dir });
    onTestFinished(first.stop);
    const admin = kubectlAs(first, "admin");
    await admin("create", "configmap", "kept");

    await first.killApiServer();
    await expect(admin("get", "configmap", "kept")).rejects.toThrow(/refused/);
    await first.startApiServer();
    expect(await admin("get", "configmap", "kept", "-o", "name")).toBe("configmap/kept\n");

    first.pauseApiServer();
    await expect(admin("get", "configmap", "kept", "--request-timeout=1s")).rejects.toThrow(/Timeout|deadline/i);
    first.resumeApiServer();
    await admin("get", "configmap", "kept");

    await first.stop();
    expect(first.processes().filter(isRunning)).toEqual([]);
    const second = await startControlPlane({ dir, ports: first.ports });
    onTestFinished(second.stop);
    expect(second.server).toBe(first.server);
    expect(await kubectlAs(second, "admin")("get", "configmap", "kept", "-o", "name")).toBe("configmap/kept\n");
  });

  it("takes other ports if the first are taken, and reports why it cannot start", async () => {
    const taken = Number(new URL(shared.server).port);
    const moved = await startControlPlane({ dir: await makeFolder(), ports: { etcd: taken, apiServer: taken } });
    onTestFinished(moved.stop);
    expect(moved.ports.apiServer).not.toBe(taken);

    const broken = { kubeApiServer: "/bin/false", etcd: "/bin/false", kubectl: shared.kubectl };
    const start = startControlPlane({ dir: await makeFolder(), binaries: broken });
    await expect(start).rejects.toThrow(/ended before it was ready/);
  });

  it("ends with the process that started it, also if that is killed", async () => {
    const dir = await makeFolder();
    const script = `
      const { startControlPlane } = await import(${JSON.stringify(join(import.meta.dirname, "control-plane.ts"))});
      const controlPlane = await startControlPlane({ dir: ${JSON.stringify(dir)} });
      process.stdout.write(JSON.stringify(controlPlane.processes()), () => process.kill(process.pid, "SIGKILL"));
    `;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [output] = await Promise.all([text(parent.stdout), once(parent, "close")]);
    const processes = JSON.parse(output) as readonly ProcessRef[];
    expect(processes).toHaveLength(2);
    await waitUntil("both have ended", () => processes.filter(isRunning), { until: (left) => left.length === 0 });
  });
});

async function makeFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "control-plane-"));
  // Hooks run in reverse order: this one after those that end the processes.
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function makeNamespace(admin: Kubectl, name: string): Promise<void> {
  await admin("create", "namespace", name);
}

function refuseConfigMapsNamed(name: string): string {
  return `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: ${name}}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
  validations: [{expression: "object.metadata.name != '${name}'", message: "not this name"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: ${name}}
spec: {policyName: ${name}, validationActions: [Deny]}
`;
}
