import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { runGit } from "../harness/git-command.ts";
import { servesMutatingPolicies } from "../harness/install.ts";
import { KubectlError, kubectlAs } from "../harness/kubectl.ts";
import { waitUntil } from "../harness/wait.ts";
import { CommandError, reportErrors } from "./command-error.ts";
import { chooseBlueprint, draftManifest, repositoriesManifest } from "./demo-manifests.ts";
import { bringUpSystem } from "./demo-system.ts";

reportErrors();
const started = performance.now();
const [runDir = ".run", catalog = ""] = process.argv.slice(2);
const { state } = await bringUpSystem(runDir, catalog, (line) => say(`  ${line}`));
const folder = join(state.dir, "demo");
await mkdir(folder, { recursive: true });

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function chapter(title: string): void {
  say(process.stdout.isTTY ? `\n\u001b[1m## ${title}\u001b[0m` : `\n## ${title}`);
}

/**
 * Prints and runs a kubectl command as a user, and prints its output. `refused`: the command must be refused with a
 * message like this.
 */
async function run(
  user: "admin" | "alice" | "bob",
  args: readonly string[],
  options: { refused?: RegExp; lines?: number } = {},
): Promise<string> {
  say(`\n${user}$ kubectl ${args.map(quote).join(" ")}`);
  let output: string;
  try {
    output = await kubectlAs(state.controlPlane, user)(...args);
    if (options.refused !== undefined) throw new Error(`this should have been refused: ${output}`);
  } catch (error) {
    if (!(error instanceof KubectlError) || options.refused?.test(error.stderr) !== true) throw error;
    output = error.stderr;
  }
  const lines = output.trimEnd().split("\n");
  const shown = lines.slice(0, options.lines ?? 40);
  say(shown.join("\n"));
  if (lines.length > shown.length) say(`… and ${lines.length - shown.length} more lines`);
  return output;
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

async function apply(user: "admin" | "alice", name: string, manifest: string): Promise<void> {
  const file = join(folder, name);
  await writeFile(file, manifest);
  say(`\n${user}$ cat ${file}\n${manifest.trimEnd()}`);
  await run(user, ["apply", "-f", file]);
}

async function git(...args: readonly string[]): Promise<void> {
  const deployments = join(state.git.root, "deployments.git");
  say(`\n$ git -C ${deployments} ${args.map(quote).join(" ")}`);
  say((await runGit(deployments, args)).trimEnd());
}

say("\nalice$ is a shell of alice, who edits; bob$ of bob, who approves; admin$ of the cluster administrator:");
for (const user of ["alice", "bob", "admin"] as const)
  say(`  ${user}: export KUBECONFIG=${state.controlPlane.kubeconfigs[user]}`);

chapter("1. Register a catalog of blueprints and a repository for deployments");
const secret = [
  "create",
  "secret",
  "generic",
  "git-auth",
  "--type=kubernetes.io/basic-auth",
  "--from-literal=username=pkgserver",
];
say(`\nadmin$ kubectl ${secret.join(" ")} --from-literal=password=…`);
const admin = kubectlAs(state.controlPlane, "admin");
if ((await admin("get", "secret", "git-auth", "--ignore-not-found", "--output=name")) !== "") say("it exists already");
else say((await admin(...secret, `--from-literal=password=${state.git.credentials.password}`)).trimEnd());
const head = await runGit(join(state.git.root, "catalog.git"), ["symbolic-ref", "--short", "HEAD"]);
await apply("admin", "repositories.yaml", repositoriesManifest(state.git.server, head.trim()));
await run("admin", ["wait", "--for=condition=Ready", "pkgrepo/catalog", "pkgrepo/deployments", "--timeout=120s"]);
await run("admin", ["get", "pkgrepo"]);
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
await run("alice", ["get", "pkgrev", "--field-selector=spec.packageRevID.repository=catalog"], { lines: 12 });
const blueprint = chooseBlueprint(revisions);
const paths = '{{range $path, $file := .spec.resources}}{{$path}}{{"\\n"}}{{end}}';
await run("alice", ["get", "pkgres", blueprint.metadata.name, "-o", `go-template=${paths}`], { lines: 12 });

chapter("3. A draft for a target, cloned from the blueprint");
const workspace = `ws${Date.now().toString(36)}`;
const draft = draftManifest(blueprint, workspace);
const name = draft.metadata.name;
await apply("alice", "draft.yaml", draft.yaml);
await run("alice", ["wait", "--for=jsonpath={.status.lifecycle}=draft", `pkgrev/${name}`, "--timeout=60s"]);

chapter("4. Edit it: every edit is a commit on the draft's branch");
const region = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: placement\ndata:\n  region: eu-north\n";
await run("alice", [
  "patch",
  "pkgres",
  name,
  "--type=merge",
  "-p",
  JSON.stringify({ spec: { resources: { "placement.yaml": region } } }),
]);
await waitUntil("the edit is in Git", async () => {
  const contents = await admin.getJson<{ metadata: { generation: number }; status?: { observedGeneration: number } }>(
    "pkgres",
    name,
  );
  return contents.status?.observedGeneration === contents.metadata.generation;
});
await git("log", "--format=%h %an: %s", `${draft.path}/${workspace}`);

chapter("5. Propose it: the contents freeze");
await run("alice", ["patch", "pkgrev", name, "--type=merge", "-p", '{"spec":{"lifecycle":"proposed"}}']);
await run("alice", ["wait", "--for=jsonpath={.status.lifecycle}=proposed", `pkgrev/${name}`, "--timeout=60s"]);
await run("alice", ["patch", "pkgres", name, "--type=merge", "-p", '{"spec":{"resources":{"late.yaml":"x: 1"}}}'], {
  refused: /frozen/,
});

chapter("6. Approve it: alice may not, bob may");
const reviewed = await run("bob", ["get", "pkgrev", name, "-o", "jsonpath={.status.proposal.digest}"]);
const approval = { spec: { lifecycle: "published", approval: { digest: reviewed.trim(), by: "bob" } } };
const approve = ["patch", "pkgrev", name, "--type=merge", "-p", JSON.stringify(approval)];
await run("alice", approve, { refused: /may not approve/ });
await run("bob", approve);
await run("bob", ["wait", "--for=jsonpath={.status.lifecycle}=published", `pkgrev/${name}`, "--timeout=60s"]);
await run("bob", ["get", "pkgrev", name, "-o", "wide"]);

chapter("7. Git: the tag with the draft's whole history, one commit on main, authors and approver");
if (!(await servesMutatingPolicies(admin))) say("before Kubernetes 1.36 the API server does not record editors");
const revision = (await admin.getJson<PackageRevision>("pkgrev", name)).status?.revision;
await git("log", "--graph", "--all", "--format=%h %an: %s%d");
await git("log", "-1", "--format=%(trailers:only,unfold)", "main");
await git("ls-tree", "-r", "--name-only", "main", `${draft.path}/`);

chapter("8. The folder on main, which a GitOps tool applies");
const checkout = join(folder, "main");
await rm(checkout, { recursive: true, force: true });
await runGit(state.dir, ["clone", "--quiet", "--branch=main", join(state.git.root, "deployments.git"), checkout]);
if (catalog === "") {
  await run("admin", ["apply", "--recursive", "-f", join(checkout, draft.path)]);
  await run("admin", ["get", "deployment,service,configmap", "--field-selector=metadata.name!=kube-root-ca.crt"]);
} else {
  const { stdout } = await promisify(execFile)("ls", ["-R", join(checkout, draft.path)]);
  say(stdout.trimEnd());
}

const { controlPlane } = state;
const { user, password } = state.git.credentials;
const seconds = ((performance.now() - started) / 1000).toFixed(1);
chapter(`Done in ${seconds} s: ${blueprint.metadata.name} is ${draft.path}/${revision}. Everything still runs`);
say(`look around:  export KUBECONFIG=${controlPlane.kubeconfigs.admin}; ${controlPlane.kubectl} get pkgrev,pkgrepo`);
say(`clone:        git clone http://${user}:${password}@${new URL(state.git.server).host}/deployments.git`);
say(`operator log: ${join(state.dir, "operator.log")}`);
const where = runDir === ".run" ? "" : ` RUN=${runDir}`;
say(`stop:         make demo-stop${where}`);
say(`do the README's steps yourself: make demo-stop${where}, then make up${where}`);
