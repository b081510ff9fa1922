import { resolve } from "node:path";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { DiffForm } from "../../diff/print-diff.ts";
import { printReview, type ReviewSide, reviewFiles } from "../../diff/print-review.ts";
import { readRevision } from "../../folder/compare-folder.ts";
import { displayPath, readFolder } from "../../folder/local-files.ts";
import { readState, requireState } from "../../folder/state.ts";
import { hasVersion } from "../../names/match.ts";
import { shortName } from "../../names/query.ts";
import { valueFormat } from "../../output/objects.ts";
import { NO_PAGER, withPager } from "../../output/pager.ts";
import { printable, printableLine } from "../../output/printable.ts";
import { readContents } from "../../packages/contents.ts";
import { findRevision } from "../../packages/find.ts";
import { findOnMain } from "../../packages/on-main.ts";
import { findRepository } from "../../packages/repositories.ts";
import { listRevisions, previousOf } from "../../packages/siblings.ts";
import { OUTPUT, PACKAGE_OR_DIR } from "../shared-specs.ts";

export const diffCommand = defineCommand({
  path: "diff",
  group: "Looking",
  summary: "Compare a package revision with the one before it, with another one, or with a pulled folder",
  description: [
    "By default - is the published revision before it, and + the package revision. With OTHER - is PACKAGE, and + is " +
      "OTHER. With a pulled folder - is its draft as it is now, or what an option names, and + the folder.",
    "--main: - is the published revision that the branch of published packages holds. What others have committed there " +
      "is not in the API; the command that shows it is printed.",
    "The exit code is 0 with and without differences. Without any, a line on stderr says what was compared.",
    "First come the risks, such as new rights in the cluster, and the Kubernetes objects with the fields that differ. " +
      "A heading of the diff names the objects that are changed below it. At a terminal the output goes through " +
      "$KUBECTL_PKG_PAGER, $PAGER, or less.",
  ],
  examples: [
    { does: "What a draft or proposal changes", command: "diff storefront" },
    { does: "What changed since a certain revision", command: "diff storefront --from v1" },
    { does: "What the blueprint looked like", command: "diff edge1/web/storefront --upstream --stat" },
    { does: "What a publication would change on main", command: "diff storefront --main" },
    { does: "Two targets", command: "diff edge1/web/storefront edge2/web/storefront --name-only" },
    { does: "A pulled folder with its draft", command: "diff ./storefront" },
  ],
  args: {
    package: PACKAGE_OR_DIR,
    other: { kind: "optional", placeholder: "OTHER", description: "another package revision", completes: "package" },
  },
  options: {
    from: { kind: "value", value: "VERSION", description: "a revision or workspace of the same package, instead" },
    upstream: { kind: "flag", description: "compare with the revision that it was cloned from" },
    main: { kind: "flag", description: "compare with what the branch of published packages holds" },
    stat: { kind: "flag", description: "a line for each file" },
    nameOnly: { kind: "flag", description: "paths alone" },
    noPager: NO_PAGER,
    output: OUTPUT,
  },
  run: async (context, { args, options }) => {
    const ways = [args.other, options.from, options.upstream || undefined, options.main || undefined];
    if (ways.filter((one) => one !== undefined).length > 1) {
      throw new CliError("usage", "OTHER, --from, --upstream and --main exclude each other");
    }
    const form: DiffForm =
      valueFormat(options.output) ?? (options.stat ? "stat" : options.nameOnly ? "nameOnly" : "full");
    const { before, after } = await readSides(context, args, options);
    let count = 0;
    await withPager(context, options.noPager, async (paged) => {
      count = (await printReview(paged, { before, after }, form)).length;
    });
    if (count === 0)
      context.note(printableLine(`no differences between ${before.name || "nothing"} and ${after.name}`));
  },
});

interface BaseOptions {
  readonly from: string | undefined;
  readonly upstream: boolean;
  readonly main: boolean;
}

async function readSides(
  context: Context,
  args: { readonly package: string; readonly other: string | undefined },
  options: BaseOptions,
): Promise<{ readonly before: ReviewSide; readonly after: ReviewSide }> {
  const dir = resolve(context.cwd, args.package);
  const state = await readState(dir);
  if (state === undefined && /^\.{0,2}\//.test(args.package)) await requireState(dir);
  if (state !== undefined) {
    const revision = await readRevision(await context.cluster(), state);
    const own = { name: displayPath(context.cwd, dir), files: await readFolder(dir) };
    const isDraftOfFolder = options.from === undefined && !options.upstream && !options.main;
    const named = args.other === undefined ? undefined : await findRevision(context, args.other);
    const other = named ?? (isDraftOfFolder ? revision : await findBase(context, revision, options));
    const files = other === undefined ? new Map() : (await readContents(context, other)).files;
    const side = { name: other === undefined ? "" : shortName(other), files };
    return named === undefined ? { before: side, after: own } : { before: own, after: side };
  }
  const revision = await findRevision(context, args.package);
  if (args.other !== undefined) return await readBoth(context, revision, await findRevision(context, args.other));
  return await readBoth(context, await findBase(context, revision, options), revision);
}

async function readBoth(context: Context, before: PackageRevision | undefined, after: PackageRevision) {
  const contents = [
    before === undefined ? undefined : await readContents(context, before),
    await readContents(context, after),
  ];
  const [old = new Map(), next = new Map()] = reviewFiles(...contents);
  return {
    before: { name: before === undefined ? "" : shortName(before), files: old },
    after: { name: shortName(after), files: next },
  };
}

async function findBase(
  context: Context,
  revision: PackageRevision,
  { from, upstream, main }: BaseOptions,
): Promise<PackageRevision | undefined> {
  const cluster = await context.cluster();
  const { packageRevID, upstream: source } = revision.spec;
  const { namespace } = revision.metadata;
  if (!upstream) {
    const siblings = await listRevisions(cluster, namespace, packageRevID);
    if (main) return await readOnMain(context, revision, siblings);
    return from === undefined ? previousOf(revision, siblings) : requireVersion(siblings, from);
  }
  if (source === undefined) throw new CliError("refused", `${shortName(revision)} was not cloned from another package`);
  const version = revision.status?.upstreamLock?.revision ?? source.revision ?? "latest";
  return requireVersion(await listRevisions(cluster, namespace, source), version);
}

async function readOnMain(
  context: Context,
  revision: PackageRevision,
  siblings: readonly PackageRevision[],
): Promise<PackageRevision | undefined> {
  const repository = await findRepository(context, revision.spec.packageRevID.repository);
  const { revision: found, notes } = findOnMain(repository, siblings, revision);
  for (const note of notes) context.note(printable(note));
  return found;
}

function requireVersion(revisions: readonly PackageRevision[], version: string): PackageRevision {
  const [found] = revisions.filter((one) => hasVersion(one, version));
  if (found !== undefined) return found;
  const known = revisions.map((one) => shortName(one)).join(", ");
  throw new CliError("notFound", `there is no ${JSON.stringify(version)} of this package`, [
    known === "" ? "it has no revision in this cluster" : `its revisions: ${known}`,
  ]);
}
