import { packageContents, packageRevisions } from "../../api/resources.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { DependencyCatalog } from "../../core/dependencies/dependency-catalog.ts";
import { identityOf } from "../../core/dependencies/identify.ts";
import { UNKNOWN_APIS } from "../../core/dependencies/package-apis.ts";
import { readPackageApis } from "../../core/dependencies/read-package.ts";
import type { PackageRevisionApis } from "../../core/dependencies/revision-apis.ts";
import type { Cluster, Context } from "../context.ts";
import { currentLifecycle, isLatest } from "../names/match.ts";
import { packageOfName, shortName } from "../names/query.ts";
import { printableLine } from "../output/printable.ts";
import { type Contents, readContents, readShownContents } from "../packages/contents.ts";
import { groupPages } from "./group-pages.ts";

/** Contents objects of one request: each has up to 512 KiB of files. */
const LIST_LIMIT = 50;
/** Packages that a note names. */
const MAX_NAMED = 3;

export interface NamespaceCatalog {
  readonly catalog: DependencyCatalog;
  /** What was asked about. */
  readonly own: PackageRevisionApis;
}

/**
 * What the package revisions of the namespace offer and need, from all contents objects, and one more revision, whose
 * files are shown for it if they are in Git only. Costs as much as reading all of them.
 */
export async function readCatalog(context: Context, own: PackageRevision): Promise<NamespaceCatalog> {
  return await readWith(context, own, await readContents(context, own));
}

/** The same with what is in the cluster: nothing is shown for it. */
export async function readShownCatalog(context: Context, own: PackageRevision): Promise<NamespaceCatalog> {
  return await readWith(context, own, await readShownContents(await context.cluster(), own));
}

async function readWith(
  context: Context,
  own: PackageRevision,
  ownContents: Contents | undefined,
): Promise<NamespaceCatalog> {
  const cluster = await context.cluster();
  const { namespace } = own.metadata;
  const { items } = await cluster.client.list(packageRevisions, { namespace });
  const published = new Map(items.filter(isPublished).map((one) => [one.metadata.name, one]));
  const ownApis = toApis(own, ownContents);
  const catalog = new DependencyCatalog();
  const isOwnPublished = published.delete(own.metadata.name);
  if (isOwnPublished) catalog.set(ownApis);
  for await (const { name, contents } of listContents(cluster, namespace)) {
    const revision = published.get(name);
    if (revision === undefined) continue;
    catalog.set(toApis(revision, contents));
    published.delete(name);
  }
  const unread = [...published.values()];
  for (const revision of unread) catalog.set(toApis(revision, undefined));
  noteUnread(context, [...(isOwnPublished && ownContents === undefined ? [own] : []), ...unread].filter(isLatest));
  return { catalog, own: ownApis };
}

function isPublished(one: PackageRevision): boolean {
  return ["published", "deletionProposed"].includes(currentLifecycle(one)) && one.status?.revision !== undefined;
}

function noteUnread(context: Context, unread: readonly PackageRevision[]): void {
  if (unread.length === 0) return;
  const names = unread.slice(0, MAX_NAMED).map((one) => packageOfName(shortName(one)));
  const rest = unread.length > names.length ? `, and ${unread.length - names.length} more` : "";
  const what = "these packages have their latest files in Git only, and what they offer and need is not known";
  context.note(printableLine(`${what}: ${names.join(", ")}${rest}`));
}

function toApis(one: PackageRevision, contents: Pick<Contents, "files" | "hidden"> | undefined): PackageRevisionApis {
  if (contents === undefined) return { ...identityOf(one), apis: UNKNOWN_APIS, isUnread: true };
  const hidden = contents.hidden.map(({ path }) => path);
  return { ...identityOf(one), apis: readPackageApis(contents.files, one.spec.inputs ?? [], hidden) };
}

/** The files of one package revision after the other: only one list page is in memory. */
async function* listContents({ client }: Cluster, namespace: string) {
  const groups = groupPages();
  let next: string | undefined;
  do {
    const page = await client.listPage(packageContents, {
      namespace,
      limit: LIST_LIMIT,
      ...(next !== undefined && { continue: next }),
    });
    for (const one of page.items) {
      const complete = groups.add(one);
      if (complete !== undefined) yield complete;
    }
    next = page.continue;
  } while (next !== undefined);
  yield* groups.rest();
}
