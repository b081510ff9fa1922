import { type Command, OTHER_WORDS } from "../command.ts";
import { GLOBAL_OPTIONS } from "../global-options.ts";
import { type Completion, longFlag, type OptionSpec } from "../option-spec.ts";

export interface Suggestion {
  readonly text: string;
  readonly description?: string;
}

/** What can stand at a place of a command line. */
export type Place =
  | { readonly kind: "words"; readonly words: readonly Suggestion[] }
  | {
      readonly kind: "values";
      readonly completes: Completion;
      /** The arguments before it, without options. */
      readonly before: readonly string[];
      /** The values of global options that were given, by their keys. */
      readonly options: Readonly<Record<string, string>>;
    };

const NOTHING: Place = { kind: "words", words: [] };

/**
 * Finds what a word may be.
 * @param before the words before it, after the program's name
 * @param word the beginning of the word, which may be empty
 */
export function findPlace(commands: readonly Command[], before: readonly string[], word: string): Place {
  const found = findCommand(commands, before);
  if (found === undefined) return { kind: "words", words: nextWords(commands, before) };
  const { command, length } = found;
  const specs = { ...command.options, ...GLOBAL_OPTIONS };
  const { args, options, pending } = readWords(specs, before.slice(length));
  if (pending !== undefined) return placeOf(pending, args, options);
  if (word.startsWith("-")) return { kind: "words", words: flagsOf(specs) };
  const all = Object.values(command.args);
  const spec = all[args.length] ?? all.findLast(({ kind }) => kind === "some" || kind === "variadic");
  return spec === undefined ? NOTHING : placeOf(spec, args, options);
}

function findCommand(commands: readonly Command[], words: readonly string[]) {
  const command = commands.find(({ path }) => path.split(" ").every((part, index) => words[index] === part));
  return command === undefined ? undefined : { command, length: command.path.split(" ").length };
}

/** The next words of all commands that begin with these. */
function nextWords(commands: readonly Command[], words: readonly string[]): readonly Suggestion[] {
  const next = new Map<string, Suggestion>();
  for (const { path, summary, group } of commands) {
    // As the help, it offers them only to those who begin with them.
    if (group === OTHER_WORDS && words.length === 0) continue;
    const parts = path.split(" ");
    const text = parts[words.length];
    if (text === undefined || words.some((word, index) => word !== parts[index])) continue;
    const isWhole = parts.length === words.length + 1;
    next.set(text, next.get(text) ?? { text, ...(isWhole && { description: summary }) });
  }
  return [...next.values()];
}

/** Tells arguments from options; `pending`: the option whose value is the next word. */
function readWords(specs: Readonly<Record<string, OptionSpec>>, words: readonly string[]) {
  const args: string[] = [];
  const options: Record<string, string> = {};
  let pending: readonly [string, OptionSpec] | undefined;
  for (const word of words) {
    if (pending !== undefined) {
      options[pending[0]] = word;
      pending = undefined;
    } else if (!word.startsWith("-")) args.push(word);
    else {
      const [flag, value] = word.split("=", 2);
      const found = Object.entries(specs).find(([key, spec]) => flag === longFlag(key) || flag === `-${spec.short}`);
      if (found !== undefined && value !== undefined) options[found[0]] = value;
      else if (found !== undefined && found[1].kind !== "flag") pending = found;
    }
  }
  return { args, options, pending: pending?.[1] };
}

function placeOf(
  spec: Pick<OptionSpec, "choices" | "completes">,
  before: readonly string[],
  options: Readonly<Record<string, string>>,
): Place {
  if (spec.choices !== undefined) return { kind: "words", words: spec.choices.map((text) => ({ text })) };
  return spec.completes === undefined ? NOTHING : { kind: "values", completes: spec.completes, before, options };
}

function flagsOf(specs: Readonly<Record<string, OptionSpec>>): readonly Suggestion[] {
  return Object.entries(specs).map(([key, { description }]) => ({ text: longFlag(key), description }));
}
