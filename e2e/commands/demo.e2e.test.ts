import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OPERATOR } from "../../src/core/identity/person.ts";
import { openRepositories } from "../harness/git-repositories.ts";
import { kubectlAs } from "../harness/kubectl.ts";
import { familyOf, readProc } from "../harness/process-family.ts";
import { isRunning } from "../harness/processes.ts";
import { type RunState, readRunState } from "../harness/run-state.ts";
import { RELEASES } from "../harness/tools.ts";
import { waitUntil } from "../harness/wait.ts";
import { has, needs } from "../testenv/needs.ts";

const root = join(import.meta.dirname, "..", "..");
const make = async (...args: readonly string[]) => (await promisify(execFile)("make", ["-C", root, ...args])).stdout;

describe("make demo", () => {
  let dir: string;
  /** Of the first run. */
  let output: string;
  beforeAll(async () => {
    dir = join(await mkdtemp(join(tmpdir(), "pkgserver-demo-")), "run");
    output = await make("demo", `RUN=${dir}`);
  });
  afterAll(async () => {
    await make("demo-stop", `RUN=${dir}`);
    await rm(join(dir, ".."), { recursive: true, force: true });
  });

  it("takes a package from a blueprint to a tag, and keeps the system running", async () => {
    expect(output).toMatch(/catalog\.catalog\.web\.storefront\.v1 +True +Published/);
    expect(output).toMatch(/alice\$ kubectl pkg clone catalog\.catalog\.web\.storefront\.v1 edge1\/web\/storefront /);
    expect(output).toContain("the contents are frozen");
    expect(output).toContain("user alice may not approve");
    expect(output).toMatch(/bob: Publish edge1\/web\/storefront v1/);
    expect(output).toContain("Approved-By: bob");
    expect(output).toMatch(/deployment\.apps\/storefront created/);
    const state = await readRunState(dir);
    const manager = has("kube-controller-manager") ? ["kube-controller-manager"] : [];
    expect(state?.processes.map(({ name, ref }) => [name, isRunning(ref)])).toEqual(
      ["operator", ...manager, "kube-apiserver", "etcd", "git-server"].map((name) => [name, true]),
    );
  });

  it("prints the PATH with which kubectl pkg is there, whichever Node.js the user has", async () => {
    const state = (await readRunState(dir)) as RunState;
    const [, line = ""] = /(export PATH=\S+:\$PATH)/.exec(output) ?? [];
    const env = { PATH: "/usr/bin:/bin", HOME: dir, KUBECONFIG: state.controlPlane.kubeconfigs.alice };
    const { stdout } = await promisify(execFile)("bash", ["-c", `${line}; kubectl pkg get --latest -o name`], { env });
    expect(stdout).toContain("packagerevision.pkg.pkgserver.dev/catalog.catalog.web.storefront.v1\n");
    expect(await make("up", `RUN=${dir}`)).toContain(`kubectl pkg: ${line}\n`);
  });

  it("continues with the same system: a second run publishes the next revision", async () => {
    expect(await make("up", `RUN=${dir}`)).toContain("already running");
    expect(await make("demo", `RUN=${dir}`)).toMatch(/is edge1\/web\/storefront\/v2/);
  });

  it("starts the operator again when it ended, and the log says so", async () => {
    const state = await readRunState(dir);
    const supervisor = state?.processes.find(({ name }) => name === "operator")?.ref.pid ?? 0;
    const isOperator = (pid: number) => pid !== supervisor && readProc(pid, "cmdline").includes("main.ts\0");
    const find = () => familyOf(supervisor).find(isOperator);
    const first = await waitUntil("the operator runs", find);
    process.kill(first, "SIGKILL");
    await waitUntil("another one runs", find, { until: (pid) => pid !== undefined && pid !== first });
    const log = await readFile(join(dir, "operator.log"), "utf8");
    expect(log).toContain('"msg":"the operator has ended and is started again","code":null,"signal":"SIGKILL"');
    const kubectl = kubectlAs((state as RunState).controlPlane, "admin");
    expect(await kubectl("get", "pkgrepo")).toMatch(/ LAST-SYNC .*\ncatalog +True +Synced .* \d+[ms] /);
  });

  it(...needs("kube-controller-manager", "ends a namespace that is deleted"), async () => {
    const admin = kubectlAs(((await readRunState(dir)) as RunState).controlPlane, "admin");
    await admin("create", "namespace", "short-lived");
    await admin("create", "configmap", "gone", "--namespace=short-lived");
    await admin("delete", "namespace", "short-lived", "--timeout=60s");
  });

  it("refuses another release of Kubernetes for the same data", async () => {
    const named = await readRunState(dir);
    const other = RELEASES.find(({ minor }) => minor !== named?.kubernetes)?.minor;
    await expect(make("up", `RUN=${dir}`, `KUBERNETES=${other}`)).rejects.toThrow(
      `has Kubernetes ${named?.kubernetes}: run make demo-stop first, or leave KUBERNETES out`,
    );
  });

  it("keeps the invariants, also after another sync, and reports a violation", async () => {
    const found = await make("check-invariants", `RUN=${dir}`, "RESYNC=1");
    expect(found.match(/ checked, 0 violations$/gm)).toHaveLength(9);
    expect(found).toMatch(/^\(1\) .*: [1-9]\d* checked/m);
    expect(found).toMatch(/^\(5\) .*: not checked/m);
    const state = await readRunState(dir);
    const deployments = openRepositories(state?.git.root ?? "");
    // As if v1 had been published again after its deletion.
    await deployments.git("deployments", "tag", "edge1/web/storefront/deleted-v1", "main^{commit}");
    const refused = make("check-invariants", `RUN=${dir}`, "NAMESPACE=default", "WITHIN=1");
    await expect(refused).rejects.toThrow(
      expect.objectContaining({ stdout: expect.stringMatching(/^\(3\) default\/deployments .*v1 was deleted at/m) }),
    );
    await deployments.git("deployments", "tag", "--delete", "edge1/web/storefront/deleted-v1");
  });

  it("prints what has the operator's name without its signature, which is no violation: anybody can write that", async () => {
    const state = await readRunState(dir);
    const deployments = openRepositories(state?.git.root ?? "");
    const person = ["-c", `user.name=${OPERATOR.name}`, "-c", `user.email=${OPERATOR.email}`];
    await deployments.git("deployments", ...person, "tag", "--annotate", "--message=Publish", "forged", "main");
    const output = await make("check-invariants", `RUN=${dir}`);
    expect(output).toContain("Repository default/deployments: refs/tags/forged is in the operator's name");
    await deployments.git("deployments", "tag", "--delete", "forged");
  });

  it.each([
    ["a namespace that does not exist", ["NAMESPACE=nosuch"], "there is no namespace nosuch\n"],
    ["an invalid time", ["WITHIN=soon"], "WITHIN=soon: how many seconds things may take, above 0\n"],
  ])("checks nothing for %s", async (_, options, message) => {
    await expect(make("check-invariants", `RUN=${dir}`, ...options)).rejects.toThrow(
      expect.objectContaining({
        stdout: expect.not.stringContaining("checked,"),
        stderr: expect.stringContaining(message),
      }),
    );
  });

  it("deletes everything with demo-stop", async () => {
    await make("up", `RUN=${dir}`);
    const state = await readRunState(dir);
    await make("demo-stop", `RUN=${dir}`);
    expect(state?.processes.filter(({ ref }) => isRunning(ref))).toEqual([]);
    await expect(stat(dir)).rejects.toThrow("ENOENT");
  });
});

describe("make demo with FLEET", () => {
  let dir: string;
  beforeAll(async () => {
    dir = join(await mkdtemp(join(tmpdir(), "pkgserver-fleet-")), "run");
  });
  afterAll(async () => {
    await make("demo-stop", `RUN=${dir}`);
    await rm(join(dir, ".."), { recursive: true, force: true });
  });

  it("makes, publishes and upgrades a package of each target as one", async () => {
    const output = await make("demo", `RUN=${dir}`, "FLEET=3");
    expect(output.match(/published release stores: 3 package revisions/g)).toHaveLength(2);
    expect(output).toMatch(/bob: Publish site03\/web\/storefront v2/);
    expect(output).toMatch(/## Done in .* 3 targets have catalog\.catalog\.web\.storefront\.v1, and its next revision/);
  });

  it("refuses what is no number of targets", async () => {
    await expect(make("demo", `RUN=${dir}`, "FLEET=many")).rejects.toThrow("FLEET=many: a number of targets, 1 to 100");
  });
});

describe("make demo with CATALOG", () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "pkgserver-catalog-"));
  });
  afterAll(async () => {
    await make("demo-stop", `RUN=${dir}/run`);
    await rm(dir, { recursive: true, force: true });
  });

  it("takes a catalog whose default branch is not called main", async () => {
    const repositories = openRepositories(dir);
    const seed = {
      "web/shop/config.yaml": await readFile(join(root, "examples/catalog/web/storefront/config.yaml"), "utf8"),
    };
    const catalog = await repositories.createRepository("mine", { initialBranch: "master", seed });
    await repositories.git("mine", "tag", "web/shop/v1", "master");
    expect(await make("demo", `RUN=${dir}/run`, `CATALOG=${catalog}`)).toMatch(/is edge1\/web\/shop\/v1/);
  });
});
