/** A piece of a pattern that matches one character, or any number of them. */
type Token = { readonly kind: "many" } | { readonly kind: "one"; readonly matches: (char: string) => boolean };

/** A pattern for one name, without slashes. */
export type Glob = readonly Token[];

/**
 * Compiles `*`, `?`, `[a-z]`, `[!a-z]` and escapes as Git does. Undefined for a pattern that can match no name: an
 * escape or a class that does not end.
 */
export function compileGlob(pattern: string): Glob | undefined {
  const chars = [...pattern];
  const tokens: Token[] = [];
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] ?? "";
    if (char === "*") {
      if (tokens.at(-1)?.kind !== "many") tokens.push({ kind: "many" });
    } else if (char === "?") tokens.push({ kind: "one", matches: () => true });
    else if (char === "[") {
      const found = compileClass(chars, at);
      if (found === undefined) return undefined;
      tokens.push({ kind: "one", matches: found.matches });
      at = found.end;
    } else {
      const literal = char === "\\" ? chars[++at] : char;
      if (literal === undefined) return undefined;
      tokens.push({ kind: "one", matches: (one) => one === literal });
    }
  }
  return tokens;
}

const POSIX: Readonly<Record<string, RegExp>> = {
  alnum: /[0-9A-Za-z]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  digit: /[0-9]/,
  lower: /[a-z]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /\s/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
};

/** The class that begins at `[`; `end` is the place of its `]`. */
function compileClass(
  chars: readonly string[],
  start: number,
): { readonly matches: (char: string) => boolean; readonly end: number } | undefined {
  let at = start + 1;
  const isNegated = chars[at] === "!" || chars[at] === "^";
  if (isNegated) at++;
  const tests: ((char: string) => boolean)[] = [];
  for (let isFirst = true; isFirst || chars[at] !== "]"; isFirst = false) {
    if (chars[at] === undefined) return undefined;
    const posix = /^\[:([a-z]+):\]/.exec(chars.slice(at, at + 12).join(""));
    if (posix !== null) {
      const set = POSIX[posix[1] ?? ""];
      if (set === undefined) return undefined;
      tests.push((char) => set.test(char));
      at += posix[0].length;
      continue;
    }
    const from = chars[at] === "\\" ? chars[++at] : chars[at];
    at++;
    if (chars[at] === "-" && chars[at + 1] !== "]" && chars[at + 1] !== undefined) {
      at++;
      const to = chars[at] === "\\" ? chars[++at] : chars[at];
      at++;
      if (from === undefined || to === undefined) return undefined;
      tests.push((char) => char >= from && char <= to);
    } else {
      if (from === undefined) return undefined;
      tests.push((char) => char === from);
    }
  }
  return { matches: (char) => char !== "/" && tests.some((test) => test(char)) !== isNegated, end: at };
}

/** Counts down the characters that are compared: what users may choose must not take long. */
export interface Budget {
  left: number;
}

/** True if the whole name matches. Costs at most the product of both lengths: only the last `*` is tried again. */
export function matchesGlob(glob: Glob, name: readonly string[], budget: Budget): boolean {
  return matchWithStars(
    glob,
    name,
    (token) => token.kind === "many",
    (token, char) => {
      budget.left--;
      return token.kind === "one" && token.matches(char);
    },
  );
}

/** Matches a sequence with a pattern in which some elements stand for any number of items. */
export function matchWithStars<P, T>(
  pattern: readonly P[],
  items: readonly T[],
  isMany: (element: P) => boolean,
  matches: (element: P, item: T) => boolean,
): boolean {
  let [at, item, lastMany, retryAt] = [0, 0, -1, 0];
  while (item < items.length) {
    const element = pattern[at];
    if (element !== undefined && isMany(element)) {
      [lastMany, retryAt] = [at, item];
      at++;
    } else if (element !== undefined && matches(element, items[item] as T)) {
      at++;
      item++;
    } else if (lastMany !== -1) {
      at = lastMany + 1;
      retryAt++;
      item = retryAt;
    } else return false;
  }
  return pattern.slice(at).every(isMany);
}
