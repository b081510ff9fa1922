import { Argument, CommanderError, Option, Command as Parser } from "commander";
import { normalizeArguments } from "./arguments.ts";
import { type Command, type Group, OTHER_WORDS } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";
import { complete } from "./completion/complete.ts";
import { type Context, createContext, type Io } from "./context.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { explainError } from "./explain-error.ts";
import { GLOBAL_OPTIONS, type GlobalOptions } from "./global-options.ts";
import { type ArgumentSpec, formatArguments, longFlag, type OptionSpec } from "./option-spec.ts";
import { printable } from "./output/printable.ts";
import { createStyle } from "./output/style.ts";
import { usageHint } from "./usage-hints.ts";

const SUMMARY =
  "Packages of Kubernetes YAML in Git, through the Kubernetes API: pull, edit, push, diff, propose, approve.";

/** A word between the program and a command: `repo` in `repo add`. */
const WORDS: Readonly<Record<string, { readonly group: Group; readonly summary: string } | undefined>> = {
  fleet: { group: "Fleets", summary: "Look at sets of variants, and at what they would change" },
  repo: { group: "Repositories", summary: "Register Git repositories, and look at them" },
  secret: { group: "Repositories", summary: "Make Secrets with the credentials of Git repositories" },
};

/** Characters of a line of an example. */
const MAX_EXAMPLE = 90;

/** What a command is called with, before its types are known. */
type Run = (command: Command, context: Context, input: Parameters<Command["run"]>[1]) => Promise<void>;

/** Parses the arguments, runs the command, and reports its failure. Returns the exit code. */
export async function runProgram(argv: readonly string[], io: Io): Promise<number> {
  if (argv[0] === "__complete") {
    await complete(COMMANDS, argv.slice(1), io);
    return EXIT_CODES.done;
  }
  try {
    await buildProgram(io, async (command, context, input) => {
      try {
        await command.run(context, input);
      } finally {
        await context.close();
      }
    }).parseAsync([...normalizeArguments(argv)], { from: "user" });
    return EXIT_CODES.done;
  } catch (error) {
    return report(error, io);
  }
}

/** The parser of all commands; `run` is called with the one that the arguments name. */
export function buildProgram(io: Io, run: Run, commands: readonly Command[] = COMMANDS): Parser {
  const program = new Parser(io.program).description(SUMMARY);
  configure(program, io);
  for (const command of commands) {
    for (const path of [command.path, ...(command.aliases ?? [])]) addCommand(program, command, path, io, run);
  }
  return program;
}

/** Adds a command under its path, or under one of its aliases, which stays hidden. */
function addCommand(program: Parser, command: Command, path: string, io: Io, run: Run): void {
  const words = path.split(" ");
  const name = words.pop() ?? "";
  const hidden = path !== command.path || command.group === OTHER_WORDS;
  const parent = words.reduce((above, word) => findOrAdd(above, word, io), program);
  const parser = configure(parent.command(name, { hidden }), io).summary(command.summary);
  parser.description([command.summary, ...(command.description ?? [])].join("\n\n"));
  if (words.length === 0) parser.helpGroup(`${command.group}:`);
  parser.usage([formatArguments(command.args), "[options]"].join(" ").trim());
  for (const spec of Object.values(command.args)) parser.addArgument(toArgument(spec));
  for (const [key, spec] of Object.entries(command.options)) parser.addOption(toOption(key, spec));
  for (const [key, spec] of Object.entries(GLOBAL_OPTIONS)) {
    parser.addOption(toOption(key, spec).helpGroup("Options of every command:"));
  }
  parser.addHelpText("after", () => `\nExamples:\n${formatExamples(command, io.program)}`);
  parser.action(async () => await run(command, createContext(io, globalOptions(parser)), inputOf(command, parser)));
}

function configure(parser: Parser, io: Io): Parser {
  return parser
    .exitOverride()
    .helpCommand(false)
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      outputError: (text, write) => write(text),
    });
}

function findOrAdd(above: Parser, word: string, io: Io): Parser {
  const found = above.commands.find((one) => one.name() === word);
  if (found !== undefined) return found;
  const known = WORDS[word];
  // Words that only aliases have are hidden with them.
  const parser = configure(above.command(word, { hidden: known === undefined }), io);
  const { group, summary } = known ?? { group: OTHER_WORDS, summary: "Other words for these commands" };
  return parser.description(summary).helpGroup(`${group}:`);
}

function toArgument({ kind, placeholder, description }: ArgumentSpec): Argument {
  const text = {
    required: `<${placeholder}>`,
    optional: `[${placeholder}]`,
    some: `<${placeholder}...>`,
    variadic: `[${placeholder}...]`,
  }[kind];
  return new Argument(text, description);
}

function toOption(key: string, spec: OptionSpec): Option {
  const { kind, short, value = "VALUE", description, choices } = spec;
  const flags = `${short === undefined ? "" : `-${short}, `}${longFlag(key)}${kind === "flag" ? "" : ` <${value}>`}`;
  const option = new Option(flags, description);
  if (choices !== undefined) option.choices([...choices]);
  if (spec.default !== undefined) option.default(spec.default);
  if (kind === "list") {
    option.argParser((text: string, before: readonly string[] | undefined) => [...(before ?? []), text]);
  }
  return option;
}

export function formatExamples({ examples }: Command, program: string): string {
  return examples.map(({ does, command }) => `  # ${does}\n  ${breakCommand(`${program} ${command}`)}`).join("\n\n");
}

/** Breaks a long command before options, as a shell reads it. */
function breakCommand(command: string): string {
  const lines: string[] = [];
  for (const part of command.split(/ (?=--)/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + part.length >= MAX_EXAMPLE) lines.push(part);
    else lines[lines.length - 1] = `${last} ${part}`;
  }
  return lines.join(" \\\n    ");
}

function inputOf(command: Command, parser: Parser): Parameters<Command["run"]>[1] {
  const values = Object.keys(command.args).map((key, index) => [key, parser.processedArgs[index]] as const);
  return { options: optionsOf(command.options, parser), args: Object.fromEntries(values) } as never;
}

function globalOptions(parser: Parser): GlobalOptions {
  return optionsOf(GLOBAL_OPTIONS, parser) as unknown as GlobalOptions;
}

function optionsOf(specs: Readonly<Record<string, OptionSpec>>, parser: Parser): Readonly<Record<string, unknown>> {
  const values: Readonly<Record<string, unknown>> = parser.opts();
  return Object.fromEntries(
    Object.entries(specs).map(([key, { kind }]) => {
      // commander reads --no-input as the negation of an option --input.
      if (/^no[A-Z]/.test(key)) return [key, values[key.charAt(2).toLowerCase() + key.slice(3)] === false];
      return [key, kind === "flag" ? values[key] === true : kind === "list" ? (values[key] ?? []) : values[key]];
    }),
  );
}

function report(error: unknown, io: Io): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT_CODES.done;
    // commander has printed the message; a call without a command has printed the help.
    const hint = usageHint(error);
    if (hint !== undefined) io.stderr.write(`${forProgram(hint, io)}\n`);
    if (error.code !== "commander.help") io.stderr.write("see --help\n");
    return EXIT_CODES.usage;
  }
  const { failure, message, hints } = explainError(error);
  const style = createStyle(io.stderr, io.env);
  // Parts of them are names and messages from elsewhere.
  io.stderr.write(`${style.red("error:")} ${printable(message)}\n`);
  for (const hint of hints) io.stderr.write(`${forProgram(printable(hint), io)}\n`);
  return EXIT_CODES[failure];
}

/** Hints are written with the name that most users call. */
function forProgram(hint: string, { program }: Io): string {
  return hint.replaceAll("kubectl pkg ", `${program} `);
}
