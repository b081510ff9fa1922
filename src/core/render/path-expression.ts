import { InvalidPattern, type SpendSteps } from "./regexp.ts";

const MAX_LENGTH = 1000;
/** Steps of one comparison of a part with a part. */
const CELL = 4;

/**
 * A test of field paths such as `spec.ports[0].port`: `*` is any part, `**` any number of them, `[*]` any item. Throws
 * InvalidPattern for a long one.
 */
export function compilePathExpression(expression: string, spend: SpendSteps): (path: string) => boolean {
  if (expression.length > MAX_LENGTH) throw new InvalidPattern(`a path may have ${MAX_LENGTH} characters at most`);
  const pattern = expression.split(".");
  return (path) => {
    const parts = path.split(".");
    spend(path.length + CELL * parts.length * pattern.length);
    return matches(parts, pattern);
  };
}

/** Whether the parts match, by one row for each part of the path. */
function matches(parts: readonly string[], pattern: readonly string[]): boolean {
  let row = [true];
  for (const [at, one] of pattern.entries()) row.push(one === "**" && row[at] === true);
  for (const part of parts) {
    const next = [false];
    for (const [at, one] of pattern.entries()) {
      const isMatch =
        one === "**" ? next[at] === true || row[at + 1] === true : row[at] === true && matchesPart(part, one);
      next.push(isMatch);
    }
    row = next;
  }
  return row.at(-1) === true;
}

function matchesPart(part: string, pattern: string): boolean {
  if (pattern === "*" || part === pattern) return true;
  if (!part.includes("[")) return false;
  const [name, item] = part.split("[");
  const [wantedName, wantedItem] = pattern.split("[");
  if (wantedName !== "*" && name !== wantedName) return false;
  return wantedItem !== undefined && (wantedItem === "*]" || item === wantedItem);
}

/** True for `a.b.c`, which names one field. */
export function isPlainPath(expression: string): boolean {
  return expression.split(".").every((part) => part !== "" && !part.includes("*"));
}
