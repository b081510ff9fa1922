import type { KubeObject } from "../../../api/meta.ts";
import { packageRevisions } from "../../../api/resources.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { LABEL_LATEST, LABEL_RELEASE } from "../../../api/v1alpha1/well-known.ts";
import { fieldSelector } from "../../../kube/client/field-selector.ts";
import type { ListOptions, Table } from "../../../kube/client/options.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import { matching } from "../../names/match.ts";
import { type NameQuery, packageOf } from "../../names/query.ts";
import { printList } from "../../output/print-list.ts";
import type { AddedColumn } from "../../output/table.ts";
import { notFound, requireQuery } from "../../packages/find.ts";
import { findMine } from "../../packages/mine.ts";
import { findNeeded } from "../../packages/needed.ts";
import { findRepository } from "../../packages/repositories.ts";
import { LIST_OPTIONS } from "../list-options.ts";

/** What a later revision brings: too long for the columns of each list. */
const UPGRADE_COLUMNS: readonly AddedColumn[] = [
  { name: "Upgrade", cell: (one) => (one as PackageRevision).status?.upgrade },
  { name: "Changes", cell: (one) => (one as PackageRevision).status?.upgradeChanges },
];

/** What a draft is based on, and what was published since. */
const BEHIND_COLUMNS: readonly AddedColumn[] = [
  { name: "Base", cell: (one) => (one as PackageRevision).status?.base?.revision },
  { name: "Outdated-By", cell: (one) => (one as PackageRevision).status?.outdatedBy },
];

const RELEASE_COLUMNS: readonly AddedColumn[] = [
  { name: "Release", cell: ({ metadata }) => metadata.labels?.[LABEL_RELEASE] },
];

function ofRelease(name: string | undefined): string | undefined {
  return name === undefined ? undefined : `${LABEL_RELEASE}=${name}`;
}

export const getCommand = defineCommand({
  path: "get",
  aliases: ["rpkg get", "rpkg list", "list"],
  group: "Looking",
  summary: "List package revisions",
  description: [
    "Without a name all of the namespace; with names all revisions of those packages.",
    "--mine: what names you in the annotation changed-by (who created it, or changed its spec, labels or annotations), " +
      "edited-by of its files or proposed-by, or in status.proposal.by. Commits that were pushed with git name no user. " +
      "With --watch, your first edit of a package of others shows it from the next call on.",
    "--needs-approval: proposals that you have not approved, whose Repository asks for any approver or for one of your " +
      "groups, and, under four eyes, that you have not created, changed, edited or proposed. Whether you have the right " +
      "to approve is not asked. All proposals: --lifecycle proposed.",
  ],
  examples: [
    { does: "All package revisions of the namespace", command: "get" },
    { does: "What is published now for a target", command: "get --target edge1 --latest" },
    { does: "Proposals that wait for an approval, in all namespaces", command: "get -A --needs-approval" },
    { does: "What is published and can be upgraded", command: "get --outdated --lifecycle published" },
    { does: "Drafts and proposals that are behind their package: rebase them", command: "get --behind" },
    { does: "The members of a release", command: "get --release spring" },
    { does: "Your own drafts", command: "get --mine --lifecycle draft" },
    { does: "All revisions of a package, and their changes as they happen", command: "get web/storefront -w" },
    { does: "One object, for a program", command: "get edge1/web/storefront@v2 -o json" },
  ],
  args: {
    packages: {
      kind: "variadic",
      placeholder: "PACKAGE",
      description: "packages or package revisions: storefront, web/storefront, edge1/web/storefront@v2, …@first",
      completes: "package",
    },
  },
  options: {
    ...LIST_OPTIONS,
    target: { kind: "value", value: "TARGET", description: "of this target" },
    repo: { kind: "value", value: "REPOSITORY", description: "of this Repository", completes: "repository" },
    realm: { kind: "value", value: "REALM", description: "of this realm" },
    lifecycle: {
      kind: "value",
      value: "STATE",
      description: "in this state",
      choices: ["draft", "proposed", "published", "deletionProposed"],
    },
    release: { kind: "value", value: "NAME", description: "of this release, with the column RELEASE" },
    latest: { kind: "flag", description: "the latest published revision of each package" },
    needsApproval: { kind: "flag", description: "proposals that wait for an approval that you could give" },
    outdated: {
      kind: "flag",
      description: "what can be upgraded to a later revision of its upstream, and how many files that changes",
    },
    behind: {
      kind: "flag",
      description: "drafts and proposals that are not based on the latest revision of their package",
    },
    mine: { kind: "flag", description: "what you created, edited or proposed" },
  },
  run: async (context, { args, options }) => {
    if (options.needsApproval && options.lifecycle !== undefined) {
      throw new CliError("usage", "--needs-approval and --lifecycle exclude each other");
    }
    const cluster = await context.cluster();
    const labels = [options.selector, options.latest ? `${LABEL_LATEST}=true` : undefined, ofRelease(options.release)];
    const list: ListOptions = {
      namespace: options.allNamespaces ? undefined : cluster.namespace,
      labelSelector: labels.filter((one) => one !== undefined).join(",") || undefined,
    };
    const fields = {
      "spec.packageRevID.target": options.target,
      "spec.packageRevID.repository": options.repo,
      "spec.packageRevID.realm": options.realm,
      "status.lifecycle": options.needsApproval ? "proposed" : options.lifecycle,
    };
    const queries = args.packages.map(requireQuery);
    const selectorOf = (query?: NameQuery) =>
      fieldSelector({ ...fields, ...(query !== undefined && { "spec.packageRevID.package": packageOf(query) }) });
    const tables = await Promise.all(
      (queries.length === 0 ? [undefined] : queries).map(async (query) => {
        const packages = query?.text.includes(".") ? undefined : query;
        const table = await cluster.client.listTable(packageRevisions, {
          ...list,
          fieldSelector: selectorOf(packages),
        });
        const rows = query === undefined ? table.rows : rowsOf(table, query);
        if (query !== undefined && rows.length === 0 && !options.watch) throw await notFound(cluster, query);
        return { ...table, rows };
      }),
    );
    const isMine = options.mine ? await findMine(cluster, list.namespace) : () => true;
    const needsMe = options.needsApproval ? await findNeeded(cluster, list.namespace) : () => true;
    const isWanted = (one: KubeObject) => {
      const { status } = one as PackageRevision;
      const isBehind = !options.behind || status?.outdatedBy !== undefined;
      return isMine(one) && needsMe(one) && isBehind && (!options.outdated || status?.upgrade !== undefined);
    };
    const all = joinTables(tables);
    const table = { ...all, rows: all.rows.filter(({ object }) => isWanted(object)) };
    // A name that is mistyped is not taken for a Repository without packages.
    if (options.repo !== undefined && !options.allNamespaces && table.rows.length === 0)
      await findRepository(context, options.repo);
    const isNamed = (one: KubeObject) =>
      queries.length === 0 || queries.some((query) => matching(query, [one as PackageRevision]).length > 0);
    await printList(context, packageRevisions, table, {
      output: options.output,
      watch: options.watch,
      withNamespace: options.allNamespaces,
      added: [
        ...(options.outdated ? UPGRADE_COLUMNS : []),
        ...(options.behind ? BEHIND_COLUMNS : []),
        ...(options.release !== undefined ? RELEASE_COLUMNS : []),
      ],
      single: queries.length === 1,
      list: { ...list, fieldSelector: selectorOf() },
      isShown: (one) => isNamed(one) && isWanted(one),
    });
  },
});

function rowsOf({ rows }: Table, query: NameQuery): Table["rows"] {
  const found = new Set<KubeObject>(
    matching(
      query,
      rows.map(({ object }) => object as PackageRevision),
    ),
  );
  return rows.filter(({ object }) => found.has(object));
}

/** Each object once, though several names may mean it. */
function joinTables(tables: readonly Table[]): Table {
  const rows = new Map(tables.flatMap((table) => table.rows.map((row) => [row.object.metadata.uid, row] as const)));
  const [first] = tables;
  return {
    columnDefinitions: first?.columnDefinitions ?? [],
    metadata: first?.metadata ?? {},
    rows: [...rows.values()],
  };
}
