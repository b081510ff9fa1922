import { asPartialMetadata } from "../../api/meta.ts";
import { packageRevisions } from "../../api/resources.ts";
import type { Lifecycle } from "../../api/v1alpha1/lifecycle.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { shellQuote } from "../../core/identity/shell-quote.ts";
import { ignoreNotFound } from "../../kube/client/errors.ts";
import { fieldSelector } from "../../kube/client/field-selector.ts";
import { CliError } from "../cli-error.ts";
import type { Cluster, Context } from "../context.ts";
import { choose, currentLifecycle, matching } from "../names/match.ts";
import { nearestWords } from "../names/nearest.ts";
import { type NameQuery, packageOf, parseQuery, shortName } from "../names/query.ts";
import { printable } from "../output/printable.ts";
import { formatRows } from "../output/table.ts";

/** More names are not looked at for a suggestion. */
const MAX_SUGGESTED_FROM = 500;

/**
 * The package revision that a short name means. `wanted`: the states that the command can work with, which decide
 * between several revisions; the result may have another one.
 * @throws CliError if there is none (notFound), or more than one (usage)
 */
export async function findRevision(
  context: Context,
  text: string,
  wanted: readonly Lifecycle[] = [],
): Promise<PackageRevision> {
  const cluster = await context.cluster();
  const query = requireQuery(text);
  const chosen = choose(await findMatching(cluster, query), wanted);
  const [only, second] = chosen;
  if (only === undefined) throw await notFound(cluster, query);
  if (second !== undefined) throw ambiguous(query, chosen);
  return only;
}

/** All package revisions that a short name matches, in the order of their names. */
async function findMatching(cluster: Cluster, query: NameQuery): Promise<readonly PackageRevision[]> {
  const { client, namespace } = cluster;
  if (query.version === undefined && query.parts.length === 1 && query.text.includes(".")) {
    const named = await ignoreNotFound(client.get(packageRevisions, { namespace, name: query.text }));
    if (named !== undefined) return [named];
  }
  const selector = fieldSelector({ "spec.packageRevID.package": packageOf(query) });
  const { items } = await client.list(packageRevisions, { namespace, fieldSelector: selector });
  return matching(query, items);
}

/** @throws CliError for a text that is no name */
export function requireQuery(text: string): NameQuery {
  const query = parseQuery(text);
  if (query === undefined) {
    throw new CliError("usage", `${JSON.stringify(text)} is no name of a package`, [
      "names are such as storefront, web/storefront, edge1/web/storefront@v2, or the name of an object",
    ]);
  }
  return query;
}

export async function notFound(cluster: Cluster, query: NameQuery): Promise<CliError> {
  const { client, namespace } = cluster;
  const page = await client.listPage(asPartialMetadata(packageRevisions), { namespace, limit: MAX_SUGGESTED_FROM });
  // TARGET.REPOSITORY.REALM.PACKAGE.WORKSPACE
  const packages = page.items.map(({ metadata }) => (metadata.name ?? "").split(".").at(-2) ?? "");
  const near = packages.includes(packageOf(query)) ? [] : nearestWords(packageOf(query), packages);
  const hints = near.length > 0 ? [`did you mean ${near.map(printable).join(" or ")}?`] : [];
  const name = JSON.stringify(query.text);
  return new CliError("notFound", `there is no package revision ${name} in the namespace ${namespace}`, [
    ...hints,
    "to see all: kubectl pkg get",
  ]);
}

function ambiguous(query: NameQuery, chosen: readonly PackageRevision[]): CliError {
  const rows = chosen.slice(0, 20).map((one) => [shellQuote(shortName(one)), currentLifecycle(one), one.metadata.name]);
  const rest = chosen.length > rows.length ? [`and ${chosen.length - rows.length} more`] : [];
  return new CliError("usage", `${JSON.stringify(query.text)} is the name of ${chosen.length} package revisions`, [
    formatRows(["NAME", "LIFECYCLE", "OBJECT"], rows),
    ...rest,
  ]);
}
