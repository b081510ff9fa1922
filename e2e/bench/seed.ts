import { runGit } from "../harness/git-command.ts";
import type { GitRepositories } from "../harness/git-repositories.ts";
import { ImportStream } from "./import-stream.ts";
import { BLUEPRINT, folderOf, packageFiles } from "./package.ts";

/** Revisions of each package, if there are enough. */
const REVISIONS = 4;
const SECONDS = 1_767_225_600;
const BATCH_SIZE = 500;

/** Package and revision number of the revision at `index`. */
export function seededPackage(index: number, count: number): { readonly name: string; readonly revision: number } {
  const packages = Math.max(1, Math.ceil(count / REVISIONS));
  return { name: `app-${String(index % packages).padStart(5, "0")}`, revision: Math.floor(index / packages) + 1 };
}

/** Creates a deployment repository with `count` published revisions: a commit on main and an annotated tag each. */
export async function seedDeployments(repositories: GitRepositories, name: string, count: number): Promise<void> {
  const dir = await repositories.createRepository(name, { seed: { "README.md": "Deployments of the benchmark.\n" } });
  for (let first = 0; first < count; first += BATCH_SIZE) {
    const stream = new ImportStream(SECONDS);
    for (let index = first; index < Math.min(first + BATCH_SIZE, count); index++) {
      const one = seededPackage(index, count);
      addRevision(stream, one.name, one.revision, index === first ? "refs/heads/main^0" : undefined);
    }
    await runGit(dir, ["fast-import", "--quiet"], { input: stream.finish() });
  }
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
