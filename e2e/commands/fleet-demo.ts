import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { PackageVariantSet } from "../../src/api/v1alpha1/package-variant-set.ts";
import { LABEL_RELEASE } from "../../src/api/v1alpha1/well-known.ts";
import type { Kubectl } from "../harness/kubectl.ts";
import { waitUntil } from "../harness/wait.ts";
import { CommandError } from "./command-error.ts";
import type { DemoShell } from "./demo-shell.ts";

const SET = "stores";
const MAX_TARGETS = 100;
const LIMIT_MS = 300_000;

export interface FleetDemo {
  readonly shell: DemoShell;
  readonly admin: Kubectl;
  /** Folder for files of the demo. */
  readonly folder: string;
  /** The bare repository of deployments. */
  readonly deployments: string;
  readonly blueprint: PackageRevision;
  readonly count: number;
}

/** The number of targets that FLEET asks for; undefined without it. Throws a `CommandError`. */
export function readFleet(text: string): number | undefined {
  if (text === "") return undefined;
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MAX_TARGETS) return count;
  throw new CommandError(`FLEET=${text}: a number of targets, 1 to ${MAX_TARGETS}`);
}

/** A set of variants of a blueprint, published as one release; then a new blueprint, and the upgrade of all. */
export async function showFleet(demo: FleetDemo): Promise<void> {
  const { shell, folder, blueprint, count, deployments } = demo;
  const { say, chapter, run, git } = shell;
  chapter(`3. A set of variants: the blueprint for ${count} targets, all drafts members of one release`);
  const manifest = join(folder, "fleet.yaml");
  const text = setOf(blueprint, count);
  await writeFile(manifest, text);
  say(`\nalice$ cat ${manifest}\n${text.trimEnd()}`);
  await run("alice", ["pkg", "fleet", "plan", "--filename", manifest], { lines: 8 });
  await run("alice", ["apply", "--filename", manifest]);
  await waitForDrafts(demo);
  await run("alice", ["pkg", "fleet", "status", SET], { lines: 12 });

  chapter("4. One command proposes all drafts, one shows all changes and approves them: one push, or none");
  await publishRelease(demo);
  await git(deployments, "log", "--format=%h %an: %s", "-5", "main");

  chapter("5. The blueprint gets a new revision");
  const { realm, package: name } = blueprint.spec.packageRevID;
  const path = ["catalog", realm, name].filter((part) => part !== undefined).join("/");
  const workspace = `next${Date.now().toString(36)}`;
  const draft = `${path}@${workspace}`;
  await run("alice", ["pkg", "draft", path, "--workspace", workspace]);
  const files = join(folder, workspace);
  await rm(files, { recursive: true, force: true });
  await run("alice", ["pkg", "pull", draft, files]);
  const more = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: release-notes\ndata:\n  theme: bright\n";
  await writeFile(join(files, "notes.yaml"), more);
  say(`\nalice$ cat > ${join(files, "notes.yaml")}\n${more.trimEnd()}`);
  await run("alice", ["pkg", "push", files]);
  await run("alice", ["pkg", "propose", draft, "--wait"]);
  const [proposed] = await revisionsOf(demo, `spec.packageRevID.workspace=${workspace}`);
  const digest = proposed?.status?.proposal?.digest ?? "";
  await run("bob", ["pkg", "approve", draft, "--stat", "--yes", "--digest", digest]);

  chapter("6. Each variant merges it into a draft of its own: again one release");
  const revision = proposed === undefined ? "" : await revisionOf(demo, proposed.metadata.name);
  await waitForDrafts(demo, revision);
  await run("alice", ["pkg", "fleet", "status", SET], { lines: 12 });
  await publishRelease(demo);
  await run("alice", ["pkg", "get", "--repo", "deployments", "--latest"], { lines: 8 });
  await git(deployments, "log", "--format=%h %an: %s", "-5", "main");
}

/** As a person would write it. */
function setOf({ spec: { packageRevID: id } }: PackageRevision, count: number): string {
  const names = Array.from({ length: count }, (_, index) => `site${String(index + 1).padStart(2, "0")}`);
  const folder = [...(id.realm === undefined ? [] : [`realm: ${JSON.stringify(id.realm)}`]), `package: ${id.package}`];
  const lines = [
    "apiVersion: config.pkg.pkgserver.dev/v1alpha1",
    "kind: PackageVariantSet",
    `metadata: {name: ${SET}}`,
    "spec:",
    "  targets:",
    `    - list: [${names.map((name) => `{name: ${name}}`).join(", ")}]`,
    "  template:",
    `    upstream: {repository: ${id.repository}, ${folder.join(", ")}, revision: latest}`,
    `    downstream: {target: "$\{target.name}", repository: deployments, ${folder.join(", ")}}`,
    `    packageContext: {labels: {${LABEL_RELEASE}: ${SET}}}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** Until each target has a draft, of this upstream revision if one is named. */
async function waitForDrafts(demo: FleetDemo, upstream?: string): Promise<void> {
  const { admin, count, shell } = demo;
  const isOf = ({ status }: PackageRevision) => upstream === undefined || status?.upstreamLock?.revision === upstream;
  const drafts = async () => (await membersOf(demo)).filter((one) => isOf(one) && isChecked(one)).length;
  await waitUntil(`${count} targets have a draft`, drafts, { until: (found) => found === count, timeoutMs: LIMIT_MS });
  const ready = async () => (await admin.getJson<PackageVariantSet>("pkgvarset", SET)).status?.ready;
  await waitUntil("the set is ready", ready, { until: (found) => found === count, timeoutMs: LIMIT_MS });
  shell.say(`\n(${count} drafts are there, each a commit on a branch)`);
}

function isChecked({ status }: PackageRevision): boolean {
  return (status?.conditions ?? []).some(({ type, status: is }) => type === "Validated" && is !== "Unknown");
}

async function publishRelease(demo: FleetDemo): Promise<void> {
  const { count, shell } = demo;
  await shell.run("alice", ["pkg", "propose", "--release", SET, "--wait"]);
  const known = async () => (await membersOf(demo)).map(({ status }) => status?.release);
  const releases = await waitUntil("all members know the release", known, {
    until: (found) => found.every((one) => one?.members === count && one.digest === found[0]?.digest),
  });
  shell.say("\n(at a terminal, kubectl pkg approve shows all members and asks)");
  const digest = releases[0]?.digest ?? "";
  const approve = ["pkg", "approve", "--release", SET, "--stat", "--yes", "--digest", digest];
  await shell.run("bob", approve, { lines: 24 + count, last: count + 3 });
}

/** The drafts and proposals of the release. */
async function membersOf({ admin }: FleetDemo): Promise<readonly PackageRevision[]> {
  const { items } = await admin.getJson<{ items: PackageRevision[] }>("pkgrev", `--selector=${LABEL_RELEASE}=${SET}`);
  return items.filter(({ status }) => status?.lifecycle === "draft" || status?.lifecycle === "proposed");
}

async function revisionsOf({ admin }: FleetDemo, field: string): Promise<readonly PackageRevision[]> {
  return (await admin.getJson<{ items: PackageRevision[] }>("pkgrev", `--field-selector=${field}`)).items;
}

async function revisionOf({ admin }: FleetDemo, name: string): Promise<string> {
  return (await admin.getJson<PackageRevision>("pkgrev", name)).status?.revision ?? "";
}
