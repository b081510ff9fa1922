import { runGit } from "../harness/git-command.ts";
import type { GitRepositories } from "../harness/git-repositories.ts";
import { ImportStream } from "./import-stream.ts";
import { BLUEPRINT, branchOf, folderOf, packageFiles } from "./package.ts";

/** Revisions of each package, if there are enough. */
const REVISIONS = 4;
const SECONDS = 1_767_225_600;
const BATCH_SIZE = 500;
/** Makes a folder of a branch a package. */
const PIPELINE = `apiVersion: kpt.dev/v1
kind: Kptfile
metadata:
  name: app
pipeline:
  mutators:
    - image: gcr.io/kpt-fn/set-namespace:v0.4.1
      configMap:
        namespace: apps
    - image: gcr.io/kpt-fn/set-labels:v0.2.0
      configMap:
        team: web
`;
const KPTFILE = "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: app\n";

/** Package and revision number of the revision at `index`; `each`: revisions of one package. */
export function seededPackage(
  index: number,
  count: number,
  each = REVISIONS,
): { readonly name: string; readonly revision: number } {
  const packages = Math.max(1, Math.ceil(count / each));
  return { name: `app-${String(index % packages).padStart(5, "0")}`, revision: Math.floor(index / packages) + 1 };
}

/**
 * Creates a deployment repository with `count` published revisions, `each` of one package: a commit on main and an
 * annotated tag each. Packed as on Git hosts.
 */
export async function seedDeployments(
  repositories: GitRepositories,
  name: string,
  count: number,
  each?: number,
): Promise<void> {
  await seedRepository(repositories, name, count, (stream, index, isFirst) => {
    const { name: packageName, revision } = seededPackage(index, count, each);
    addRevision(stream, packageName, revision, isFirst ? "refs/heads/main^0" : undefined);
  });
}

/** Creates a deployment repository with `count` drafts: a branch with one commit each. Packed as on Git hosts. */
export async function seedDrafts(repositories: GitRepositories, name: string, count: number): Promise<void> {
  await seedRepository(repositories, name, count, (stream, index) => {
    const { name: packageName } = seededPackage(index, count, 1);
    const files = { Kptfile: KPTFILE, ...packageFiles(packageName, 1) };
    const content = { message: `Begin ${packageName}`, folder: folderOf(packageName), files };
    stream.addCommit(branchOf(packageName), { from: "refs/heads/main^0", ...content });
  });
}

async function seedRepository(
  repositories: GitRepositories,
  name: string,
  count: number,
  add: (stream: ImportStream, index: number, isFirst: boolean) => void,
): Promise<void> {
  const dir = await repositories.createRepository(name, { seed: { "README.md": "Deployments of the benchmark.\n" } });
  for (let first = 0; first < count; first += BATCH_SIZE) {
    const stream = new ImportStream(SECONDS);
    for (let index = first; index < Math.min(first + BATCH_SIZE, count); index++) add(stream, index, index === first);
    await runGit(dir, ["fast-import", "--quiet"], { input: stream.finish() });
  }
  await repositories.git(name, "pack-refs", "--all");
  await repositories.git(name, "repack", "-a", "-d", "-q");
}

/** A blueprint whose pipeline changes every object, pushed with its tag as by an external client. */
export async function pushBlueprint(
  repositories: GitRepositories,
  repository: string,
  name: string,
  revision: number,
): Promise<void> {
  const stream = new ImportStream(SECONDS);
  const files = { Kptfile: PIPELINE, ...packageFiles(name, revision) };
  const message = `Publish ${name} v${revision}`;
  const commit = stream.addCommit("refs/heads/main", { message, folder: name, files, from: "refs/heads/main^0" });
  stream.addTag(`${name}/v${revision}`, `:${commit}`, message);
  await runGit(repositories.path(repository), ["fast-import", "--quiet"], { input: stream.finish() });
}

function addRevision(stream: ImportStream, name: string, revision: number, from: string | undefined): void {
  const folder = folderOf(name);
  const message = `Publish ${folder} v${revision}`;
  const files = packageFiles(name, revision);
  const commit = stream.addCommit("refs/heads/main", { message, folder, files, ...(from !== undefined && { from }) });
  stream.addTag(`${folder}/v${revision}`, `:${commit}`, message);
}

/** A catalog with one blueprint of 6 files, at v1. */
export async function seedCatalog(repositories: GitRepositories, name: string): Promise<void> {
  const files = Object.entries(packageFiles(BLUEPRINT, 1)).map(([path, text]) => [`${BLUEPRINT}/${path}`, text]);
  await repositories.createRepository(name, { seed: Object.fromEntries(files) });
  await repositories.git(name, "tag", `${BLUEPRINT}/v1`, "main");
}

/** Adds a new package at v1 to a bare repository, like an external push of a tag. */
export async function pushTagExternally(
  repositories: GitRepositories,
  repository: string,
  name: string,
): Promise<void> {
  const stream = new ImportStream(SECONDS);
  addRevision(stream, name, 1, "refs/heads/main^0");
  await runGit(repositories.path(repository), ["fast-import", "--quiet"], { input: stream.finish() });
}
