import { CliError } from "../cli-error.ts";

/** What an option of `set` asks for: a value, or null to remove the key. */
export type Wishes = ReadonlyMap<string, string | null>;

/** `KEY=VALUE` and `KEY-`, as `kubectl label` takes them. Throws a CliError for other texts. */
export function parseLabels(texts: readonly string[]): Wishes {
  return collect(texts, "--label", (text) => {
    const parts = text.split("=");
    const [key = "", value] = parts;
    if (parts.length === 2 && key !== "" && value !== undefined) return [key, value];
    if (parts.length === 1 && /^.+-$/.test(text)) return [text.slice(0, -1), null];
    throw new CliError("usage", `--label ${JSON.stringify(text)} is neither KEY=VALUE nor KEY-`);
  });
}

/** `TYPE` and `TYPE-`. Throws a CliError for an empty type. */
export function parseGates(texts: readonly string[]): Wishes {
  return collect(texts, "--gate", (text) => {
    const type = text.replace(/-$/, "");
    if (type === "") throw new CliError("usage", `--gate ${JSON.stringify(text)} is neither TYPE nor TYPE-`);
    return [type, type === text ? text : null];
  });
}

function collect(
  texts: readonly string[],
  option: string,
  parse: (text: string) => readonly [string, string | null],
): Wishes {
  const wishes = new Map<string, string | null>();
  for (const [key, value] of texts.map(parse)) {
    const other = wishes.get(key);
    if (other !== undefined && other !== value) {
      throw new CliError("usage", `${option}: ${JSON.stringify(key)} is given twice, and not in the same way`);
    }
    wishes.set(key, value);
  }
  return wishes;
}
