import { utf8Text } from "../files/utf8-text.ts";
import { type FilePair, type ReviewFiles, textOf } from "./file-pairs.ts";
import { nameOf } from "./read-objects.ts";
import { type ObjectPair, RISK_MARKS, type Risk, type RiskRule, type RiskScope } from "./risk.ts";
import { definitions } from "./rules/definitions.ts";
import { images, registriesIn } from "./rules/images.ts";
import { deletesData, replicasZero, secretsInClear } from "./rules/objects.ts";
import { hostAccess, privilegedContainers } from "./rules/pods.ts";
import { aggregatedRoles, clusterRoleBindings, clusterRoles } from "./rules/rights.ts";

/** A new rule is one line here. */
const RULES: readonly RiskRule[] = [
  clusterRoles,
  clusterRoleBindings,
  aggregatedRoles,
  privilegedContainers,
  hostAccess,
  secretsInClear,
  deletesData,
  definitions,
  images,
  replicasZero,
];

export interface Risks {
  /** The worst first. */
  readonly risks: readonly Risk[];
  /** All of them. */
  readonly count: number;
}

/** Risks that are kept; others are counted. */
const MAX_RISKS = 1_000;
const MAX_FIELD = 500;
const MAX_PATH = 1_024;
const MAX_MESSAGE = 500;

/** @param before all files of the package before; empty for a new one */
export function findRisks(
  objects: readonly ObjectPair[],
  pairs: readonly FilePair[],
  { before }: { readonly before: ReviewFiles },
): Risks {
  const scope = { knownRegistries: registriesOf(before) };
  const ofObjects = objects.flatMap((pair) => risksOf(pair, scope));
  const secrets = new Set(ofObjects.flatMap(({ mark, file }) => (mark === "SecretInClear" ? [file] : [])));
  const ofFiles = pairs.filter((pair) => !secrets.has(cutPath(pair.path)) && hasNewKey(pair));
  const all = [
    ...ofObjects,
    ...ofFiles.map(({ path }): Risk => {
      return { mark: "SecretInClear", file: cutPath(path), message: "has a private key in clear" };
    }),
  ];
  const byMark = Map.groupBy(all, ({ mark }) => mark);
  const sorted = RISK_MARKS.flatMap((mark) => (byMark.get(mark) ?? []).toSorted(byFile));
  return { risks: sorted.slice(0, MAX_RISKS), count: sorted.length };
}

function risksOf(pair: ObjectPair, scope: RiskScope): readonly Risk[] {
  const one = pair.after ?? pair.before;
  if (one === undefined) return [];
  return RULES.flatMap((rule) => rule(pair, scope)).map(({ mark, field, message }) => ({
    mark,
    file: cutPath(one.path),
    resource: nameOf(one),
    ...(field !== undefined && { field: field.slice(0, MAX_FIELD).toWellFormed() }),
    message: message.slice(0, MAX_MESSAGE).toWellFormed(),
  }));
}

export function cutPath(path: string): string {
  return path.slice(0, MAX_PATH).toWellFormed();
}

function byFile(a: Risk, b: Risk): number {
  return a.file < b.file ? -1 : a.file > b.file ? 1 : 0;
}

const KEY = "PRIVATE KEY-----";

function hasNewKey({ before, after }: FilePair): boolean {
  return textOf(after)?.includes(KEY) === true && textOf(before)?.includes(KEY) !== true;
}

/** Reads the files at the first call, as texts. Undefined for a package without files. */
function registriesOf(files: ReviewFiles): RiskScope["knownRegistries"] {
  let known: ReadonlySet<string> | undefined;
  return () => {
    if (files.size === 0) return undefined;
    known ??= new Set(
      files.values().flatMap((file) => (file instanceof Uint8Array ? registriesIn(utf8Text(file) ?? "") : [])),
    );
    return known;
  };
}
