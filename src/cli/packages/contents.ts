import { packageContents } from "../../api/resources.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { FileNotShown, PackageRevisionResources } from "../../api/v1alpha1/package-revision-resources.ts";
import { readPages } from "../../core/files/pages.ts";
import { compare } from "../../core/identity/compare.ts";
import { pageName } from "../../core/identity/names.ts";
import { shellQuote } from "../../core/identity/shell-quote.ts";
import { ignoreNotFound } from "../../kube/client/errors.ts";
import { CliError } from "../cli-error.ts";
import type { Cluster, Context } from "../context.ts";
import { shortName } from "../names/query.ts";
import { whileShown } from "./show-contents.ts";

/** Of a package revision: a package of that many would be too large for the API server. */
const MAX_PAGES = 1_000;

/** The files of a package revision in the cluster. */
export interface Contents {
  readonly pages: readonly PackageRevisionResources[];
  /** Path → bytes, sorted. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Path → number of its page. */
  readonly placed: ReadonlyMap<string, number>;
  /** Files that stay in Git. */
  readonly hidden: readonly FileNotShown[];
  readonly hiddenCount: number;
  /** Of the files shown; of very many, a path that ends in a slash is a folder of nothing else. */
  readonly executables: readonly string[];
}

/**
 * The files of a package revision. Those that are in Git only are shown in the cluster while they are read.
 * @throws CliError notFound if it has none yet
 */
export async function readContents(context: Context, revision: PackageRevision): Promise<Contents> {
  const cluster = await context.cluster();
  const shown = await readShownContents(cluster, revision);
  if (shown !== undefined) return shown;
  const name = shortName(revision);
  if (revision.status?.contents === "GitOnly") {
    const onDemand = await whileShown(context, revision, async () => await readShownContents(cluster, revision));
    if (onDemand !== undefined) return onDemand;
  }
  throw new CliError("notFound", `${name} has no files yet: the operator has not begun it`, [
    `to see why: kubectl pkg show ${shellQuote(name)}`,
  ]);
}

/** Reads all pages; undefined if the files are not in the cluster. */
export async function readShownContents(cluster: Cluster, revision: PackageRevision): Promise<Contents | undefined> {
  const pages = await readAllPages(cluster, revision);
  const [first] = pages;
  if (first === undefined) return undefined;
  const read = readPages(pages.map(({ spec }, index) => ({ number: index + 1, spec })));
  if ("problems" in read) {
    const texts = read.problems.map(({ message }) => message);
    throw new CliError("error", `the files of ${shortName(revision)} cannot be read: ${texts.join("; ")}`);
  }
  const { filesNotShown = [], filesNotShownCount = 0, executableFiles = [] } = first.status ?? {};
  const files = new Map([...read.files].sort(([a], [b]) => compare(a, b)));
  const hidden = { hidden: filesNotShown, hiddenCount: filesNotShownCount };
  return { pages, files, placed: read.placed, ...hidden, executables: executableFiles };
}

async function readAllPages(
  { client }: Cluster,
  revision: PackageRevision,
): Promise<readonly PackageRevisionResources[]> {
  const { namespace, name } = revision.metadata;
  const get = async (page: number) =>
    await ignoreNotFound(client.get(packageContents, { namespace, name: pageName(name, page) }));
  const first = await get(1);
  if (first === undefined) return [];
  const count = first.status?.pages;
  if (count !== undefined) {
    if (!Number.isInteger(count) || count < 1 || count > MAX_PAGES)
      throw new CliError("error", `${name} has ${count} pages: that cannot be`);
    const others = await Promise.all(Array.from({ length: count - 1 }, (_, index) => get(index + 2)));
    return [first, ...others.filter((page) => page !== undefined)];
  }
  // Page 1 is created last, and its status tells the number of pages a moment later.
  const pages = [first];
  for (let next = await get(2); next !== undefined; next = await get(pages.length + 1)) pages.push(next);
  return pages;
}
