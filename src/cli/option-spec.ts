/** What the shell completes at this place, beside `choices`. */
export type Completion = "package" | "proposal" | "repository" | "file" | "folder" | "namespace" | "context";

/** `flag`: true if given. `value`: the text, or undefined. `list`: may be given several times. */
export interface OptionSpec {
  readonly kind: "flag" | "value" | "list";
  /** One letter. The long name is the key: `needsApproval` is `--needs-approval`. */
  readonly short?: string;
  /** The placeholder of the value in the help. */
  readonly value?: string;
  readonly description: string;
  readonly choices?: readonly string[];
  readonly default?: string;
  readonly completes?: Completion;
}

/** `some`: one or more. `variadic`: any number. */
export interface ArgumentSpec {
  readonly kind: "required" | "optional" | "some" | "variadic";
  /** The placeholder in the help. */
  readonly placeholder: string;
  readonly description: string;
  readonly completes?: Completion;
}

/** `needsApproval` → `--needs-approval`. */
export function longFlag(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** As a usage line shows them: `PACKAGE [FILE...]`. */
export function formatArguments(args: Readonly<Record<string, ArgumentSpec>>): string {
  const one = ({ kind, placeholder }: ArgumentSpec) =>
    ({
      required: placeholder,
      optional: `[${placeholder}]`,
      some: `${placeholder}...`,
      variadic: `[${placeholder}...]`,
    })[kind];
  return Object.values(args).map(one).join(" ");
}
