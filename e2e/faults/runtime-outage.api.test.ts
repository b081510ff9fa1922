import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type ControlPlane, startControlPlane } from "../harness/control-plane.ts";
import { installPkgserver } from "../harness/install.ts";
import { createKubectl } from "../harness/kubectl.ts";
import { findFreePorts } from "../harness/ports.ts";
import { isRunning, type Launched, launchProcess } from "../harness/processes.ts";
import { waitUntil } from "../harness/wait.ts";
import { openPackages, type Packages } from "../world/packages.ts";
import { pushAsSomebody } from "../world/somebody.ts";
import { startWorld, type World } from "../world/world.ts";

const root = join(import.meta.dirname, "..", "..");
/** How long the operator keeps its Lease without an API server. */
const RENEW_MS = 10_000;

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

/** `make TARGET` as on a cluster of one's own, with kubectl in the PATH. */
async function make(target: string, env: Readonly<Record<string, string>> = {}): Promise<Launched> {
  return await launchProcess({
    command: "make",
    // What the project needs is installed: these tests run from it.
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

describe("a cluster of one's own", () => {
  it("has all that make install brings, however often it is called", async () => {
    for (const _ of [1, 2]) {
      const install = await make("install");
      await ends(install);
      await waitUntil("its exit code is known", () => install.exitCode(), { until: (code) => code === 0 });
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

  it("runs the operator with make run, as its own ServiceAccount, until Ctrl-C ends it in order", async () => {
    const [port] = await findFreePorts(1);
    const run = await make("run", { PKGSERVER_LISTEN: `127.0.0.1:${port}` });
    onTestFinished(() => void (isRunning(run.ref) && process.kill(-run.ref.pid, "SIGTERM")));
    await waitUntil("it is ready", () => run.logTail().includes('"msg":"ready"'));
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    const kubectl = createKubectl(controlPlane.kubectl, controlPlane.kubeconfigs.admin);
    const holder = () =>
      kubectl("get", "lease", "pkgserver", "--namespace=pkgserver-system", "--output=jsonpath={.spec.holderIdentity}");
    expect(await holder()).not.toBe("");
    // A terminal sends it to all of them at once.
    process.kill(-run.ref.pid, "SIGINT");
    await ends(run);
    expect(run.logTail()).toContain('"msg":"stopped"');
    expect(await holder()).toBe("");
    expect((await readdir(dir)).filter((name) => name.startsWith("pkgserver-run-"))).toEqual([]);
  });
});

describe("an API server that goes", () => {
  let world: World;
  let packages: Packages;

  beforeAll(async () => {
    const operator = await installPkgserver(controlPlane);
    const { server, caFile, kubectl, kubeconfigs, tokens } = controlPlane;
    const provided = { dir, server, caFile, kubectl, tokens, kubeconfigs: { ...kubeconfigs, operator } };
    world = await startWorld("outage", { controlPlane: provided });
    packages = await openPackages(world);
    await world.git.createRepository("plain");
    await world.register("plain", { sync: { interval: "1s" } });
  });

  afterAll(async () => await world?.end());

  it("is waited for, and everything goes on where it was", async () => {
    const name = await packages.draft(
      { repository: "plain", package: "web", workspace: "ws1" },
      { "a.yaml": "a: 1\n" },
    );
    const before = world.operator.ref;
    const started = performance.now();
    await controlPlane.killApiServer();
    await pushAsSomebody(world.git, "plain", { files: { "found/a.yaml": "a: 1\n" }, tags: ["found/v1"] });
    await controlPlane.startApiServer();
    // Longer than that, and the operator ends itself, as whoever loses the Lease must; Kubernetes starts it again.
    if (performance.now() - started < RENEW_MS - 2_000) expect(isRunning(before)).toBe(true);
    else await world.restartOperator("stop");

    await packages.waitForReason("catalog.plain.found.v1", "Published");
    // The API server itself refuses what its policies cannot judge yet.
    await waitUntil("an edit is accepted", async () => await packages.edit(name, { "a.yaml": "a: 2\n" }));
    await packages.acknowledged(name);
    expect((await packages.publish(name)).status?.revision).toBe("v1");
  });

  it("ends the operator when it hangs for too long: someone else may lead by then", async () => {
    controlPlane.pauseApiServer();
    await waitUntil("the operator ends", () => !isRunning(world.operator.ref));
    controlPlane.resumeApiServer();
    expect((await world.operator.log()).at(-1)).toMatchObject({
      level: "error",
      msg: "ending at once",
      reason: "this replica's part in the Lease was lost",
    });
    // As if the time of its Lease were over.
    await waitUntil("the Lease is gone", async () => await world.as("admin")("delete", "lease", "pkgserver"));
    await world.restartOperator("stop");
    await packages.draft({ repository: "plain", package: "web", workspace: "ws2" });
  });
});
