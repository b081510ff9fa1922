import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { openRepositories } from "../harness/git-repositories.ts";
import { installPkgserver } from "../harness/install.ts";
import { kubectlAs } from "../harness/kubectl.ts";
import { startOperator } from "../harness/operator.ts";
import { findFreePorts } from "../harness/ports.ts";
import { isRunning } from "../harness/processes.ts";
import { type RunState, readRunState, recordProcess } from "../harness/run-state.ts";
import { chooseRelease } from "../harness/tools.ts";
import { bringUp } from "../harness/up.ts";
import { CommandError } from "./command-error.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const EXAMPLES = join(ROOT, "examples");

/**
 * A whole system that outlives this process: control plane, git server with a catalog and a deployment repository,
 * operator, two users.
 */
export interface DemoSystem {
  readonly state: RunState;
  /** Folders for the PATH: kubectl-pkg, Node.js for it, since the one of the user may be too old, and kubectl. */
  readonly programs: readonly string[];
  readonly operatorLog: string;
}

/**
 * Starts the parts of the system that do not run yet. `from`: a path, bundle or URL of a catalog instead of the
 * example's.
 */
export async function bringUpSystem(runDir: string, from: string, log: (line: string) => void): Promise<DemoSystem> {
  const catalog = existsSync(from) ? resolve(from) : from;
  refuseOtherRelease(await readRunState(resolve(runDir)));
  const state = await bringUp(runDir, log);
  const operatorLog = join(state.dir, "operator.log");
  const programs = [
    await buildCli(join(state.dir, "cli")),
    dirname(process.execPath),
    dirname(state.controlPlane.kubectl),
  ];
  const catalogFile = join(state.dir, "catalog");
  const knownCatalog = await readFile(catalogFile, "utf8").catch(() => undefined);
  refuseOtherCatalog(state.dir, knownCatalog, catalog);
  const running = (await readRunState(state.dir))?.processes.find((one) => one.name === "operator");
  if (running !== undefined && isRunning(running.ref)) return { state, programs, operatorLog };
  await createRepositories(state, catalog);
  if (knownCatalog === undefined) await writeFile(catalogFile, catalog);
  const kubeconfig = await installPkgserver(state.controlPlane);
  const admin = kubectlAs(state.controlPlane, "admin");
  await admin.applyYaml(roleBindings(), "--server-side");
  const [port = 0] = await findFreePorts(1);
  const operator = await startOperator({ dir: state.dir, kubeconfig, port, supervised: true });
  await recordProcess(state, "operator", operator.ref);
  operator.detach();
  log(`operator: ${operator.url}/metrics, log in ${operatorLog}`);
  return { state, programs, operatorLog };
}

/** Bundles the command line into a folder. */
async function buildCli(dir: string): Promise<string> {
  await promisify(execFile)("make", ["cli", `CLI_DIR=${dir}`], { cwd: ROOT });
  return dir;
}

/** A run folder has one release of Kubernetes: its data may be of no use to an older one. Throws a `CommandError`. */
function refuseOtherRelease(earlier: RunState | undefined): void {
  const named = process.env.KUBERNETES;
  if (!named || releaseOf(named) === (earlier?.kubernetes ?? releaseOf(named))) return;
  throw new CommandError(
    `the system in ${earlier?.dir} has Kubernetes ${earlier?.kubernetes}: run make demo-stop first, or leave KUBERNETES out`,
  );
}

/** Its minor version. Throws a `CommandError`. */
function releaseOf(named: string): string {
  try {
    return chooseRelease(named).minor;
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
}

/** A run folder has one catalog; a second one would be ignored. Throws a `CommandError`. */
function refuseOtherCatalog(dir: string, known: string | undefined, catalog: string): void {
  if (known !== undefined && catalog !== "" && known !== catalog) {
    throw new CommandError(
      `the system in ${dir} has another catalog (${known || "the example"}): run make demo-stop first`,
    );
  }
}

async function createRepositories(state: RunState, catalog: string): Promise<void> {
  const repositories = openRepositories(state.git.root);
  const present: readonly string[] = await readdir(state.git.root).catch(() => []);
  if (!present.includes("deployments.git")) await repositories.createRepository("deployments", { empty: true });
  if (present.includes("catalog.git")) return;
  if (catalog !== "") {
    await repositories.createRepository("catalog", { from: catalog }).catch((error: Error) => {
      throw new CommandError(`CATALOG=${catalog} is no Git repository that can be cloned: ${error.message}`);
    });
    return;
  }
  await repositories.createRepository("catalog", { seed: await readTree(join(EXAMPLES, "catalog")) });
  await repositories.git("catalog", "tag", "web/storefront/v1", "main");
}

async function readTree(dir: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file.slice(dir.length + 1), await readFile(file, "utf8")] as const)),
  );
}

/** alice edits, bob approves. */
function roleBindings(): string {
  const rbac = "rbac.authorization.k8s.io";
  const binding = (user: string, role: string) => ({
    apiVersion: `${rbac}/v1`,
    kind: "RoleBinding",
    metadata: { name: `${user}-${role}`, namespace: "default" },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: `pkgserver-${role}` },
    subjects: [{ apiGroup: rbac, kind: "User", name: user }],
  });
  return [binding("alice", "editor"), binding("bob", "approver")].map((one) => JSON.stringify(one)).join("\n---\n");
}
