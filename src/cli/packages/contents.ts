import { packageContents } from "../../api/resources.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { FileNotShown, PackageRevisionResources } from "../../api/v1alpha1/package-revision-resources.ts";
import { readPages } from "../../core/files/pages.ts";
import { compare } from "../../core/identity/compare.ts";
import { pageName } from "../../core/identity/names.ts";
import { ignoreNotFound } from "../../kube/client/errors.ts";
import { CliError } from "../cli-error.ts";
import type { Cluster } from "../context.ts";
import { shortName } from "../names/query.ts";

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
}

/** Reads all pages. Throws a CliError if the files are not in the cluster. */
export async function readContents(cluster: Cluster, revision: PackageRevision): Promise<Contents> {
  const { client } = cluster;
  const { namespace, name } = revision.metadata;
  const first = await ignoreNotFound(client.get(packageContents, { namespace, name }));
  if (first === undefined) throw noContents(revision);
  const others = Array.from({ length: (first.status?.pages ?? 1) - 1 }, (_, index) =>
    client.get(packageContents, { namespace, name: pageName(name, index + 2) }),
  );
  const pages = [first, ...(await Promise.all(others))];
  const read = readPages(pages.map(({ spec }, index) => ({ number: index + 1, spec })));
  if ("problems" in read) {
    const texts = read.problems.map(({ message }) => message);
    throw new CliError("error", `the files of ${shortName(revision)} cannot be read: ${texts.join("; ")}`);
  }
  const { filesNotShown = [], filesNotShownCount = 0 } = first.status ?? {};
  const files = new Map([...read.files].sort(([a], [b]) => compare(a, b)));
  return { pages, files, placed: read.placed, hidden: filesNotShown, hiddenCount: filesNotShownCount };
}

function noContents(revision: PackageRevision): CliError {
  const { name } = revision.metadata;
  if (revision.status?.contents === "GitOnly") {
    return new CliError("notFound", `the files of ${shortName(revision)} are in Git only (spec.contents)`, [
      `to have them in the cluster: kubectl annotate pkgrev ${name} pkg.pkgserver.dev/show-contents=true`,
    ]);
  }
  return new CliError("notFound", `${shortName(revision)} has no files yet: the operator has not begun it`, [
    `to see why: kubectl pkg show ${name}`,
  ]);
}
