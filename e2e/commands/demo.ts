import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { runGit } from "../harness/git-command.ts";
import { servesMutatingPolicies } from "../harness/install.ts";
import { kubectlAs } from "../harness/kubectl.ts";
import { waitUntil } from "../harness/wait.ts";
import { chooseBlueprint } from "./choose-blueprint.ts";
import { CommandError, reportErrors } from "./command-error.ts";
import { createDemoShell } from "./demo-shell.ts";
import { bringUpSystem } from "./demo-system.ts";
import { readFleet, showFleet } from "./fleet-demo.ts";

reportErrors();
const started = performance.now();
const [runDir = ".run", catalog = "", fleet = ""] = process.argv.slice(2);
const count = readFleet(fleet);
const print = (line: string): void => void process.stdout.write(`  ${line}\n`);
const { state, programs } = await bringUpSystem(runDir, catalog, print);
const folder = join(state.dir, "demo");
await mkdir(folder, { recursive: true });
const shell = createDemoShell(state, programs);
const { say, chapter, run, git } = shell;
const admin = kubectlAs(state.controlPlane, "admin");
const deployments = join(state.git.root, "deployments.git");

say("\nalice$ is a shell of alice, who edits; bob$ of bob, who approves; admin$ of the cluster administrator:");
for (const user of ["alice", "bob", "admin"] as const)
  say(`  ${user}: export KUBECONFIG=${state.controlPlane.kubeconfigs[user]}`);
const exportPath = `export PATH=${programs.join(":")}:$PATH`;
say(`  with kubectl and its plugin kubectl pkg: ${exportPath}`);

chapter("1. Register a catalog of blueprints and a repository for deployments");
const passwordFile = join(folder, "password");
await writeFile(passwordFile, state.git.credentials.password, { mode: 0o600 });
const head = (await runGit(join(state.git.root, "catalog.git"), ["symbolic-ref", "--short", "HEAD"])).trim();
await register("catalog", ...(head === "main" ? [] : ["--ref", head]));
await register("deployments", "--deployment");
await run("admin", ["pkg", "repo", "list"]);
const registered = await admin.getJson<Repository>("pkgrepo", "catalog");
if ((registered.status?.revisions ?? 0) === 0)
  throw new CommandError("the catalog has no published revision: no tag FOLDER/vN whose commit has that folder");

chapter("2. The catalog's packages as objects");
const list = async () =>
  (await admin.getJson<{ items: PackageRevision[] }>("pkgrev", "--field-selector=spec.packageRevID.repository=catalog"))
    .items;
const revisions = await waitUntil("all revisions are there, with their contents", list, {
  timeoutMs: 300_000,
  until: (items) => items.length > 0 && items.every((one) => one.status?.lifecycle !== undefined),
});
await run("alice", ["pkg", "get", "--repo", "catalog"], { lines: 12 });
const blueprint = chooseBlueprint(revisions);
const source = blueprint.metadata.name;
await run("alice", ["pkg", "ls", source], { lines: 12 });

if (count === undefined) await showPackage();
else {
  await showFleet({ shell, admin, folder, deployments, blueprint, count });
  end(`${count} targets have ${source}, and its next revision`, "kubectl pkg fleet status stores");
}

/** One package, from the blueprint to live objects. */
async function showPackage(): Promise<void> {
  chapter("3. A draft for a target, cloned from the blueprint");
  const workspace = `ws${Date.now().toString(36)}`;
  const { realm, package: packageName } = blueprint.spec.packageRevID;
  const path = ["edge1", realm, packageName].filter((part) => part !== undefined).join("/");
  const draft = `${path}@${workspace}`;
  const object = ["edge1", "deployments", ...(realm?.split("/") ?? []), packageName, workspace].join(".");
  await run("alice", ["pkg", "clone", source, path, "--repo", "deployments", "--workspace", workspace]);

  chapter("4. Edit it: every push is a commit on the draft's branch");
  const files = join(folder, packageName);
  await rm(files, { recursive: true, force: true });
  await run("alice", ["pkg", "pull", draft, files]);
  const region = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: placement\ndata:\n  region: eu-north\n";
  await writeFile(join(files, "placement.yaml"), region);
  say(`\nalice$ cat > ${join(files, "placement.yaml")}\n${region.trimEnd()}`);
  await run("alice", ["pkg", "push", files]);
  await git(deployments, "log", "--format=%h %an: %s", `${path}/${workspace}`);

  chapter("5. Propose it: the contents freeze, also for kubectl");
  await run("alice", ["pkg", "propose", draft, "--wait"]);
  await run("alice", ["patch", "pkgres", object, "--type=merge", "-p", '{"spec":{"resources":{"late.yaml":"x: 1"}}}'], {
    refused: /frozen/,
  });

  chapter("6. Approve what was reviewed, by its digest: alice may not, bob may");
  say("\n(at a terminal, kubectl pkg approve shows the proposal and asks)");
  const { proposal } = (await admin.getJson<PackageRevision>("pkgrev", object)).status ?? {};
  const approve = ["pkg", "approve", draft, "--stat", "--yes", "--digest", proposal?.digest ?? ""];
  await run("alice", approve, { refused: /may not approve/ });
  await run("bob", approve);
  await run("bob", ["pkg", "get", draft, "-o", "wide"]);

  chapter("7. Git: the tag with the draft's whole history, one commit on main, authors and approver");
  if (!(await servesMutatingPolicies(admin))) say("before Kubernetes 1.36 the API server does not record editors");
  const revision = (await admin.getJson<PackageRevision>("pkgrev", object)).status?.revision;
  await git(deployments, "log", "--graph", "--all", "--format=%h %an: %s%d");
  await git(deployments, "log", "-1", "--format=%(trailers:only,unfold)", "main");
  await git(deployments, "ls-tree", "-r", "--name-only", "main", `${path}/`);

  chapter("8. The folder on main, which a GitOps tool applies");
  const checkout = join(folder, "main");
  await rm(checkout, { recursive: true, force: true });
  await runGit(state.dir, ["clone", "--quiet", "--branch=main", deployments, checkout]);
  if (catalog === "") {
    await run("admin", ["apply", "--recursive", "-f", join(checkout, path)]);
    await run("admin", ["get", "deployment,service,configmap", "--field-selector=metadata.name!=kube-root-ca.crt"]);
  } else {
    const { stdout } = await promisify(execFile)("ls", ["-R", join(checkout, path)]);
    say(stdout.trimEnd());
  }

  end(`${source} is ${path}/${revision}`, `kubectl pkg show ${path}`);
}

function end(what: string, look: string): void {
  const { user, password } = state.git.credentials;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  chapter(`Done in ${seconds} s: ${what}. Everything still runs`);
  say(`look around:  ${exportPath} KUBECONFIG=${state.controlPlane.kubeconfigs.admin}; ${look}`);
  say(`clone:        git clone http://${user}:${password}@${new URL(state.git.server).host}/deployments.git`);
  say(`operator log: ${join(state.dir, "operator.log")}`);
  const where = runDir === ".run" ? "" : ` RUN=${runDir}`;
  say(`stop:         make demo-stop${where}`);
  say(`do the README's steps yourself: make demo-stop${where}, then make up${where}`);
}

/** Once: a later run finds the same Repositories. */
async function register(name: string, ...more: readonly string[]): Promise<void> {
  if ((await admin("get", "pkgrepo", name, "--ignore-not-found", "--output=name")) !== "") {
    say(`\n${name} is registered already`);
    return;
  }
  const url = `${state.git.server}/${name}.git`;
  const args = ["pkg", "repo", "add", name, url, ...more, "--username", state.git.credentials.user, "--password-stdin"];
  await run("admin", [...args, "--timeout", "5m"], { input: passwordFile });
}
