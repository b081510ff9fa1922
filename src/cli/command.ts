import type { Context } from "./context.ts";
import type { ArgumentSpec, OptionSpec } from "./option-spec.ts";

export interface Example {
  readonly does: string;
  /** The arguments after the program's name. */
  readonly command: string;
}

type OptionSpecs = Readonly<Record<string, OptionSpec>>;
type ArgumentSpecs = Readonly<Record<string, ArgumentSpec>>;

type OptionValue<S extends OptionSpec> = S["kind"] extends "flag"
  ? boolean
  : S["kind"] extends "list"
    ? readonly string[]
    : S extends { readonly default: string }
      ? string
      : string | undefined;
type ArgumentValue<S extends ArgumentSpec> = S["kind"] extends "variadic" | "some"
  ? readonly string[]
  : S["kind"] extends "required"
    ? string
    : string | undefined;

export interface Input<O extends OptionSpecs, A extends ArgumentSpecs> {
  readonly options: { readonly [K in keyof O]: OptionValue<O[K]> };
  readonly args: { readonly [K in keyof A]: ArgumentValue<A[K]> };
}

/** Commands of the last group are of pkgserver's pkgctl and of Porch's porchctl; the help does not list them. */
export type Group = "Looking" | "Making" | "Deciding" | "Fleets" | "Repositories" | "Helping" | typeof OTHER_WORDS;

export const OTHER_WORDS = "Words of pkgctl and porchctl";

/** One command: the source of its parser, its help, its part of docs/cli.md, and its completion. */
export interface Command<O extends OptionSpecs = OptionSpecs, A extends ArgumentSpecs = ArgumentSpecs> {
  /** Words after the program's name: `get`, `repo add`. */
  readonly path: string;
  /** Other words for it, in the same meaning; the help does not list them. */
  readonly aliases?: readonly string[];
  readonly group: Group;
  readonly summary: string;
  /** Further paragraphs of the help. */
  readonly description?: readonly string[];
  readonly examples: readonly Example[];
  readonly args: A;
  readonly options: O;
  /** Throws a `CliError`, or an error of the API client. */
  readonly run: (context: Context, input: Input<O, A>) => Promise<void>;
}

/** Checks the types of one command, and forgets them for the list of all. */
export function defineCommand<const O extends OptionSpecs, const A extends ArgumentSpecs>(
  command: Command<O, A>,
): Command {
  return command as unknown as Command;
}
