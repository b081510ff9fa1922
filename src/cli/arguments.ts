import { GLOBAL_OPTIONS } from "./global-options.ts";
import { longFlag, type OptionSpec } from "./option-spec.ts";

/** Arguments as the parser takes them: `-n team get` is `get -n team`, and `help get` is `get --help`. */
export function normalizeArguments(argv: readonly string[]): readonly string[] {
  const [first, ...rest] = argv;
  return first === "help" ? [...rest, "--help"] : moveLeadingOptions(argv);
}

/** Puts the options of every command behind the command, if they are in front of it, as kubectl allows. */
export function moveLeadingOptions(argv: readonly string[]): readonly string[] {
  let count = 0;
  while (count < argv.length) {
    const length = lengthOfOption(argv[count] ?? "");
    if (length === 0) break;
    count += length;
  }
  if (count === 0 || count >= argv.length) return argv;
  const command = argv.slice(count);
  const end = command.indexOf("--");
  const at = end === -1 ? command.length : end;
  return [...command.slice(0, at), ...argv.slice(0, count), ...command.slice(at)];
}

/** The number of arguments that an option of every command takes, with its value; 0 for anything else. */
function lengthOfOption(argument: string): number {
  for (const [key, spec] of Object.entries<OptionSpec>(GLOBAL_OPTIONS)) {
    const short = spec.short === undefined ? undefined : `-${spec.short}`;
    if (argument === longFlag(key) || argument === short) return spec.kind === "flag" ? 1 : 2;
    if (argument.startsWith(`${longFlag(key)}=`)) return 1;
    if (short !== undefined && argument.startsWith(short) && !argument.startsWith("--")) return 1;
  }
  return 0;
}
