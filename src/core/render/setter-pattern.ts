const REFERENCE = /\$\{([^}]*)\}/g;
const COMMENT = /^ kpt-set: (.*)$/;

/** The pattern of a setter comment: `${image}:${tag}` of `# kpt-set: ${image}:${tag}`; undefined for other comments. */
export function patternOf(comment: string | null | undefined): string | undefined {
  const pattern = COMMENT.exec(comment?.split("\n", 1)[0] ?? "")?.[1]?.trim();
  return pattern === undefined || pattern === "" ? undefined : pattern;
}

/** The names of the setters in a pattern, in their order, with repetitions. */
export function settersOf(pattern: string): readonly string[] {
  return [...pattern.matchAll(REFERENCE)].map(([, name = ""]) => name);
}

/** The setter of a pattern that is one setter and nothing else; a list can have no other. */
export function onlySetterOf(pattern: string): string | undefined {
  return /^\$\{([^}]*)\}$/.exec(pattern)?.[1];
}

/** Replaces setters by their values, all at once: a value that looks like a setter stays as it is. */
export function fillPattern(pattern: string, values: ReadonlyMap<string, string>): string {
  return pattern.replaceAll(REFERENCE, (reference, name: string) => values.get(name) ?? reference);
}

/**
 * The values of a pattern's setters in a text that the pattern matches; empty if it does not match, or if a value would
 * be empty. As the regular expression of kpt, in which each setter is `(.*)`, but in linear time.
 */
export function readValues(pattern: string, text: string): ReadonlyMap<string, string> {
  const names = settersOf(pattern);
  const literals = pattern.split(/\$\{[^}]*\}/);
  const starts = findLiterals(literals, text);
  if (starts === undefined || text.includes("\n")) return new Map();
  const values = names.map((_, at) => {
    const from = (starts[at] ?? 0) + (literals[at] ?? "").length;
    return text.slice(from, starts[at + 1]);
  });
  return values.includes("") ? new Map() : new Map(names.map((name, at) => [name, values[at] ?? ""] as const));
}

/** Where the texts between the setters are, if each setter takes as much as it can, the first one first. */
function findLiterals(literals: readonly string[], text: string): readonly number[] | undefined {
  const starts: number[] = [];
  let end = text.length;
  for (let at = literals.length - 1; at > 0; at--) {
    const literal = literals[at] ?? "";
    const start = end < literal.length ? -1 : text.lastIndexOf(literal, end - literal.length);
    if (start === -1) return undefined;
    starts.unshift(start);
    end = start;
  }
  const first = text.indexOf(literals[0] ?? "");
  if (first === -1 || first + (literals[0] ?? "").length > end) return undefined;
  return [first, ...starts];
}
