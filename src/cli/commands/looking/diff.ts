import { resolve } from "node:path";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import { compareFiles } from "../../diff/compare-files.ts";
import { type DiffForm, printDiff } from "../../diff/print-diff.ts";
import { readRevision } from "../../folder/compare-folder.ts";
import { displayPath, readFolder } from "../../folder/local-files.ts";
import { readState } from "../../folder/state.ts";
import { hasVersion } from "../../names/match.ts";
import { shortName } from "../../names/query.ts";
import { valueFormat } from "../../output/objects.ts";
import { readContents } from "../../packages/contents.ts";
import { findRevision } from "../../packages/find.ts";
import { listRevisions, previousOf } from "../../packages/siblings.ts";
import { OUTPUT, PACKAGE_OR_DIR } from "../shared-specs.ts";

export const diffCommand = defineCommand({
  path: "diff",
  group: "Looking",
  summary: "Compare a package revision with the one before it, with another one, or with a pulled folder",
  description: [
    "By default - is the published revision before it, and + the package revision. With OTHER - is PACKAGE, and + is " +
      "OTHER. With a pulled folder - is its draft as it is now, and + the folder.",
  ],
  examples: [
    { does: "What a draft or proposal changes", command: "diff storefront" },
    { does: "What changed since a certain revision", command: "diff storefront --from v1" },
    { does: "What the blueprint looked like", command: "diff edge1/web/storefront --upstream --stat" },
    { does: "Two targets", command: "diff edge1/web/storefront edge2/web/storefront --name-only" },
    { does: "What a push would send", command: "diff ./storefront" },
  ],
  args: {
    package: PACKAGE_OR_DIR,
    other: { kind: "optional", placeholder: "OTHER", description: "another package revision", completes: "package" },
  },
  options: {
    from: { kind: "value", value: "VERSION", description: "a revision or workspace of the same package, instead" },
    upstream: { kind: "flag", description: "compare with the revision that it was cloned from" },
    stat: { kind: "flag", description: "a line for each file" },
    nameOnly: { kind: "flag", description: "paths alone" },
    output: OUTPUT,
  },
  run: async (context, { args, options }) => {
    const ways = [args.other, options.from, options.upstream || undefined].filter((one) => one !== undefined);
    if (ways.length > 1) throw new CliError("usage", "OTHER, --from and --upstream exclude each other");
    const form: DiffForm =
      valueFormat(options.output) ?? (options.stat ? "stat" : options.nameOnly ? "nameOnly" : "full");
    const { before, after } = await readSides(context, args, options);
    await printDiff(context, compareFiles(before.files, after.files), { before: before.name, after: after.name }, form);
  },
});

interface Side {
  readonly name: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

async function readSides(
  context: Context,
  args: { readonly package: string; readonly other: string | undefined },
  options: { readonly from: string | undefined; readonly upstream: boolean },
): Promise<{ readonly before: Side; readonly after: Side }> {
  const dir = resolve(context.cwd, args.package);
  const state = await readState(dir);
  if (state !== undefined) {
    const revision = await readRevision(await context.cluster(), state);
    const folder = { name: displayPath(context.cwd, dir), files: await readFolder(dir) };
    return { before: await readSide(context, revision), after: folder };
  }
  const revision = await findRevision(context, args.package);
  const own = await readSide(context, revision);
  if (args.other !== undefined)
    return { before: own, after: await readSide(context, await findRevision(context, args.other)) };
  const base = await findBase(context, revision, options);
  return { before: base === undefined ? { name: "", files: new Map() } : await readSide(context, base), after: own };
}

async function readSide(context: Context, revision: PackageRevision): Promise<Side> {
  const { files } = await readContents(context, revision);
  return { name: shortName(revision), files };
}

async function findBase(
  context: Context,
  revision: PackageRevision,
  { from, upstream }: { readonly from: string | undefined; readonly upstream: boolean },
): Promise<PackageRevision | undefined> {
  const cluster = await context.cluster();
  const { packageRevID, upstream: source } = revision.spec;
  const { namespace } = revision.metadata;
  if (!upstream) {
    const siblings = await listRevisions(cluster, namespace, packageRevID);
    return from === undefined ? previousOf(revision, siblings) : requireVersion(siblings, from);
  }
  if (source === undefined) throw new CliError("refused", `${shortName(revision)} was not cloned from another package`);
  const version = revision.status?.upstreamLock?.revision ?? source.revision ?? "latest";
  return requireVersion(await listRevisions(cluster, namespace, source), version);
}

function requireVersion(revisions: readonly PackageRevision[], version: string): PackageRevision {
  const [found] = revisions.filter((one) => hasVersion(one, version));
  if (found !== undefined) return found;
  const known = revisions.map((one) => shortName(one)).join(", ");
  throw new CliError("notFound", `there is no ${JSON.stringify(version)} of this package`, [
    known === "" ? "it has no revision in this cluster" : `its revisions: ${known}`,
  ]);
}
