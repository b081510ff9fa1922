/** The scenarios, by letter. */
export const SCENARIOS = {
  a: "first registration of N package revisions of 6 files, until all are listed with contents",
  b: "a sync that finds nothing new, N package revisions held",
  c: "create, edit, propose, approve, to the ref on the remote and to status, N package revisions held",
  d: "N approvals waiting in one repository",
  e: "memory of the operator and its git children, N package revisions held",
  f: "N packages at once, each cloned, edited, proposed, approved",
  g: "listing N package revisions",
  h: "an external push of a tag until it is listed, N package revisions held",
  i: "scale: N revisions of one package",
  j: "scale: N Repositories, 4 in each namespace",
  k: "scale: N drafts open at once",
  l: "start of the command line, median of N calls, beside kubectl",
  o: "a set of N targets: rendered drafts, published, another input, another upstream",
  m: "rendering and validation of N drafts of 6 files, and of a package of 5 MiB, beside parsing and printing them",
  n: "dependencies between N packages of a catalog and those of a target",
} as const;
export type Letter = keyof typeof SCENARIOS;

const DEFAULTS: Readonly<Record<Letter, readonly number[]>> = {
  a: [100, 1000, 10_000],
  b: [1000, 10_000],
  c: [0, 100, 1000],
  d: [100],
  e: [1000, 10_000],
  f: [20],
  g: [1000],
  h: [1000],
  i: [10_000],
  j: [200],
  k: [10_000],
  l: [10],
  m: [100],
  n: [1000],
  o: [500],
};

/** For these scenarios, N is the number of package revisions in the repository at the start. */
const HELD: ReadonlySet<Letter> = new Set(["a", "b", "c", "e", "g", "h"]);
/** These start with an empty repository. The others have environments of their own. */
const EMPTY: ReadonlySet<Letter> = new Set(["d", "f", "o"]);

export interface BenchPlan {
  readonly sizes: Readonly<Record<Letter, readonly number[]>>;
  /** File of the JSON result. */
  readonly out: string;
  /** Samples of each step of (c). */
  readonly samples: number;
  /** Folder for the operator's CPU profiles; without it, none are written. */
  readonly profile?: string;
}

/**
 * Parses `a=100,1000 c d --samples=20 --out=FILE --profile=DIR`: letters with sizes, or with their default sizes; all
 * letters if none is given. Throws an Error that describes the valid arguments.
 */
export function readPlan(args: readonly string[]): BenchPlan {
  const chosen = new Map<Letter, readonly number[]>();
  const options = new Map<string, string>();
  for (const arg of args.flatMap((one) => one.split(/\s+/)).filter((one) => one !== "")) {
    const [, option, value] = /^--(out|samples|profile)=(.+)$/.exec(arg) ?? [];
    const [, letter, sizes] = /^([a-o])(?:=([0-9]+(?:,[0-9]+)*))?$/.exec(arg) ?? [];
    if (option !== undefined && value !== undefined) options.set(option, value);
    else if (letter !== undefined) chosen.set(letter as Letter, readSizes(letter as Letter, sizes));
    else
      throw new Error(`${arg}: a letter a to o, with sizes if you like (a=100,1000), --out=, --samples= or --profile=`);
  }
  const all = Object.keys(SCENARIOS) as Letter[];
  const sizesOf = (letter: Letter) => (chosen.size === 0 ? DEFAULTS[letter] : (chosen.get(letter) ?? []));
  const samples = Number(options.get("samples") ?? 12);
  const profile = options.get("profile");
  if (!(samples >= 1)) throw new Error(`--samples=${options.get("samples")}: a number is expected`);
  return {
    sizes: Object.fromEntries(all.map((letter) => [letter, sizesOf(letter)])) as BenchPlan["sizes"],
    out: options.get("out") ?? ".run/bench.json",
    samples,
    ...(profile !== undefined && { profile }),
  };
}

function readSizes(letter: Letter, text: string | undefined): readonly number[] {
  return text === undefined ? DEFAULTS[letter] : text.split(",").map(Number);
}

/** Numbers of held package revisions, one environment each, ascending. */
export function envSizes({ sizes }: BenchPlan): readonly number[] {
  const all = (Object.keys(sizes) as Letter[]).flatMap((letter) => [
    ...(HELD.has(letter) ? sizes[letter] : []),
    ...(EMPTY.has(letter) ? sizes[letter].map(() => 0) : []),
  ]);
  return [...new Set(all)].sort((a, b) => a - b);
}
