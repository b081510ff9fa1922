import { packageContents, packageRevisions } from "../../api/resources.ts";
import type { PackageRevID } from "../../api/v1alpha1/package-identity.ts";
import type { PackageRevision, PackageRevisionSpec } from "../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../api/v1alpha1/package-revision-resources.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { ANNOTATION_CHANGED_BY, ANNOTATION_EDITED_BY } from "../../api/v1alpha1/well-known.ts";
import { formatCount } from "../../core/conditions/count.ts";
import { locatePackage, type PackageLocation } from "../../core/identity/location.ts";
import { objectName } from "../../core/identity/names.ts";
import { asRecorded } from "../../core/identity/recorded-names.ts";
import { shellQuote } from "../../core/identity/shell-quote.ts";
import { isAlreadyExists, isConflict } from "../../kube/client/errors.ts";
import { CliError } from "../cli-error.ts";
import type { Cluster, Context } from "../context.ts";
import { currentLifecycle } from "../names/match.ts";
import { shortName } from "../names/query.ts";
import { waitForLifecycle } from "./lifecycle.ts";
import { listRevisions } from "./siblings.ts";
import { withUser } from "./user-names.ts";
import { waitUntilInGit } from "./wait-in-git.ts";

export interface NewDraft {
  readonly repository: string;
  readonly location: PackageLocation;
  /** The lowest of draft-1, draft-2, … that is free, if left out. */
  readonly workspace: string | undefined;
  /** How it begins, beside its identity. */
  readonly spec: Pick<PackageRevisionSpec, "tasks" | "upstream" | "upgradeStrategy">;
  /** More files, path → text. */
  readonly files?: ReadonlyMap<string, string>;
}

/** Other open revisions that are named. */
const MAX_NOTED = 3;
/** The operator writes the contents' status in between. */
const MAX_ATTEMPTS = 10;

/** Creates a draft, waits until it can be edited, and says so. Returns it as it was created. */
export async function createDraft(context: Context, draft: NewDraft, timeoutMs: number): Promise<PackageRevision> {
  const cluster = await context.cluster();
  const { repository, location } = draft;
  const siblings = await listRevisions(cluster, cluster.namespace, { ...location, repository });
  const workspace = draft.workspace ?? chooseWorkspace(siblings);
  const id: PackageRevID = { ...location, repository, workspace };
  const created = await create(cluster, id, draft);
  noteOpenOnes(context, siblings);
  const name = shortName(created);
  await waitForLifecycle(context, created, "draft", timeoutMs).catch((error: unknown) => {
    if (!(error instanceof CliError) || error.failure !== "refused") throw error;
    throw new CliError(error.failure, error.message, [
      ...error.hints,
      `to remove it: kubectl pkg delete ${shellQuote(name)}`,
    ]);
  });
  if (draft.files !== undefined)
    await waitUntilInGit(context, [await addFiles(cluster, created, draft.files)], timeoutMs);
  context.print(name);
  context.suggest(`pull ${shellQuote(name)} ${shellQuote(location.package)}`);
  return created;
}

async function create({ client, namespace, whoami }: Cluster, id: PackageRevID, { spec }: NewDraft) {
  const object = {
    apiVersion: "pkg.pkgserver.dev/v1alpha1",
    kind: "PackageRevision",
    metadata: {
      name: objectName(id.repository, id, id.workspace),
      namespace,
      annotations: { [ANNOTATION_CHANGED_BY]: asRecorded(await whoami()) },
    },
    spec: { packageRevID: id, lifecycle: "draft", ...spec },
  } satisfies PackageRevision;
  return await client.create(packageRevisions, object).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error;
    const name = shortName(object);
    throw new CliError("conflict", `${name} exists already`, [
      `to see it: kubectl pkg show ${shellQuote(name)}`,
      "to begin another one: --workspace NAME",
    ]);
  });
}

/** Adds files to a draft that its user has just created. Returns the contents with them. */
async function addFiles(
  { client, whoami }: Cluster,
  { metadata: { namespace, name } }: PackageRevision,
  files: ReadonlyMap<string, string>,
): Promise<PackageRevisionResources> {
  for (let attempt = 1; ; attempt++) {
    const { metadata } = await client.get(packageContents, { namespace, name });
    const editors = withUser(metadata.annotations?.[ANNOTATION_EDITED_BY], await whoami());
    const body = {
      metadata: { resourceVersion: metadata.resourceVersion, annotations: { [ANNOTATION_EDITED_BY]: editors } },
      spec: { resources: Object.fromEntries(files) },
    };
    try {
      return await client.patch(packageContents, { namespace, name }, { kind: "merge", body });
    } catch (error) {
      if (!isConflict(error) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

/** Another draft or proposal of the package may be what the user wanted to go on with. */
function noteOpenOnes(context: Context, siblings: readonly PackageRevision[]): void {
  const open = siblings.filter((one) => ["draft", "proposed"].includes(currentLifecycle(one)));
  for (const one of open.slice(0, MAX_NOTED)) {
    const state = currentLifecycle(one) === "proposed" ? "is proposed" : "is a draft";
    context.note(
      `${shortName(one)}, of the same package, ${state}, too: once one is published, the others are outdated`,
    );
  }
  if (open.length > MAX_NOTED) context.note(`and ${formatCount(open.length - MAX_NOTED, "other")} of it`);
}

/** The lowest number that no revision of the package has, in the cluster. */
function chooseWorkspace(siblings: readonly PackageRevision[]): string {
  const used = new Set(siblings.map(({ spec }) => spec.packageRevID.workspace));
  for (let number = 1; ; number++) if (!used.has(`draft-${number}`)) return `draft-${number}`;
}

/** The package at a path of a Repository, below its directory. Throws a CliError for a path that has none. */
export function locateIn(repository: Repository, path: string): PackageLocation {
  const deployment = repository.spec.deployment === true;
  const location = locatePackage({ directory: "", deployment }, path);
  if (!("problem" in location)) return location;
  const shape = deployment ? "TARGET/[REALM/]PACKAGE" : "[REALM/]PACKAGE";
  throw new CliError("usage", `${JSON.stringify(path)} is no package of ${repository.metadata.name}`, [
    `a path there is ${shape}`,
  ]);
}
