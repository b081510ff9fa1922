import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type ControlPlane, startControlPlane } from "../harness/control-plane.ts";
import { createKubectl } from "../harness/kubectl.ts";
import { findFreePorts } from "../harness/ports.ts";
import { isRunning, type Launched, launchProcess } from "../harness/processes.ts";
import { waitUntil } from "../harness/wait.ts";

const root = join(import.meta.dirname, "..", "..");

let dir: string;
let controlPlane: ControlPlane;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "pkgserver-outage-"));
  controlPlane = await startControlPlane({ dir });
});

afterAll(async () => {
  await controlPlane?.stop();
  await rm(dir, { recursive: true, force: true });
});

/** Runs `make TARGET` against this cluster, with kubectl in the PATH. */
async function make(target: string, env: Readonly<Record<string, string>> = {}): Promise<Launched> {
  return await launchProcess({
    command: "make",
    // The dependencies are installed: these tests run with them.
    args: ["--no-print-directory", "--directory", root, "--old-file=node_modules/.installed", target],
    logFile: join(dir, `make-${target}.log`),
    env: {
      PATH: [dirname(controlPlane.kubectl), process.env.PATH].join(delimiter),
      KUBECONFIG: controlPlane.kubeconfigs.admin,
      TMPDIR: dir,
      ...env,
    },
  });
}

const ends = async (launched: Launched) => await waitUntil("make ends", () => !isRunning(launched.ref));

describe("a user's own cluster", () => {
  it("has all manifests after make install, also after a second one", async () => {
    for (const _ of [1, 2]) {
      const install = await make("install");
      await ends(install);
      await waitUntil("the exit code is known", () => install.exitCode(), { until: (code) => code === 0 });
      expect(install.logTail()).toContain("installed CRDs, roles and policies");
    }
    const kubectl = createKubectl(controlPlane.kubectl, controlPlane.kubeconfigs.admin);
    const kinds = "crd,clusterrole,validatingadmissionpolicy,mutatingadmissionpolicy";
    const names = (await kubectl("get", kinds, "--output=name")).split("\n");
    expect(names).toContain("customresourcedefinition.apiextensions.k8s.io/repositories.config.pkg.pkgserver.dev");
    expect(names).toContain("clusterrole.rbac.authorization.k8s.io/pkgserver-approver");
    expect(names).toContain("validatingadmissionpolicy.admissionregistration.k8s.io/pkgserver-approval");
    expect(names).toContain("mutatingadmissionpolicy.admissionregistration.k8s.io/pkgserver-approval");
  });

  it("runs the operator with make run as its own ServiceAccount, until Ctrl-C ends it in order", async () => {
    const [port] = await findFreePorts(1);
    const run = await make("run", { PKGSERVER_LISTEN: `127.0.0.1:${port}` });
    onTestFinished(() => void (isRunning(run.ref) && process.kill(-run.ref.pid, "SIGTERM")));
    await waitUntil("it is ready", () => run.logTail().includes('"msg":"ready"'));
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    const kubectl = createKubectl(controlPlane.kubectl, controlPlane.kubeconfigs.admin);
    const holder = () =>
      kubectl("get", "lease", "pkgserver", "--namespace=pkgserver-system", "--output=jsonpath={.spec.holderIdentity}");
    expect(await holder()).not.toBe("");
    // A terminal sends SIGINT to the whole process group.
    process.kill(-run.ref.pid, "SIGINT");
    await ends(run);
    expect(run.logTail()).toContain('"msg":"stopped"');
    expect(await holder()).toBe("");
    expect((await readdir(dir)).filter((name) => name.startsWith("pkgserver-run-"))).toEqual([]);
  });
});
