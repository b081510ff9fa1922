import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { shellQuote } from "../../core/identity/shell-quote.ts";
import { createDiffer } from "../diff/differ.ts";
import { formatStat } from "../diff/print-diff.ts";
import { currentLifecycle } from "../names/match.ts";
import { packageOfName, shortName } from "../names/query.ts";
import { section } from "../output/facts.ts";
import { printable } from "../output/printable.ts";
import type { Style } from "../output/style.ts";
import { describeResults } from "./describe-results.ts";
import { formatHistory, historyOf } from "./history.ts";
import type { Surroundings } from "./surroundings.ts";

/** Of each list, more are left to the command that shows all. */
const MAX_LINES = 10;

/** Changes, history and downstreams of a package revision: sections for a person. */
export async function describeSurroundings(
  revision: PackageRevision,
  surroundings: Surroundings,
  style: Style,
  now: number,
): Promise<readonly string[]> {
  const { siblings, downstreams } = surroundings;
  const name = shellQuote(shortName(revision));
  const history = formatHistory(historyOf(siblings), now).split("\n");
  const results = describeResults(surroundings.pages, style);
  return [
    ...section(
      "Results",
      results.length === 0 ? [] : cutList(indent(results), `kubectl get pkgres ${revision.metadata.name} -o yaml`),
      style,
    ),
    ...(await describeChanges(revision, surroundings, style)),
    ...section("History", cutList(indent(history), `kubectl pkg history ${name}`, MAX_LINES + 1), style),
    ...section(
      "Downstreams",
      downstreams === undefined
        ? [`  not looked for, since the namespace has many packages: kubectl pkg tree ${name}`]
        : cutList(indent(downstreams.map(describeDownstream)), `kubectl pkg tree ${name}`),
      style,
    ),
  ];
}

async function describeChanges(
  revision: PackageRevision,
  { previous, changes }: Surroundings,
  style: Style,
): Promise<readonly string[]> {
  // Of the first revision, each file is new.
  if (previous === undefined) return [];
  const command = `kubectl pkg diff ${shellQuote(shortName(revision))}`;
  const title = `Changes since ${printable(previous.status?.revision ?? "")}`;
  if (changes === undefined) return section(title, [`  the files are in Git only: ${command}`], style);
  if (changes.length === 0) return section(title, ["  none in its files"], style);
  const { count } = await createDiffer(style);
  const lines = formatStat(changes.map((pair) => ({ path: pair.path, count: count(pair) })));
  return section(title, cutList(indent(lines), command), style);
}

function describeDownstream(one: PackageRevision): string {
  const { revision, upstreamLock } = one.status ?? {};
  const from = upstreamLock?.revision ?? one.spec.upstream?.revision ?? "latest";
  const name = revision === undefined ? shortName(one) : `${packageOfName(shortName(one))}@${revision}`;
  return printable(`${name}  ${currentLifecycle(one)}, from ${from}`);
}

function indent(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}

function cutList(lines: readonly string[], command: string, most = MAX_LINES): readonly string[] {
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most), `  and ${lines.length - most} more: ${command}`];
}
