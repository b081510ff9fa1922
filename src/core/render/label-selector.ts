/** A test of labels, or of annotations. */
export type LabelTest = (labels: ReadonlyMap<string, string>) => boolean;

const KEY = "[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?";
const SET = new RegExp(String.raw`^(${KEY})\s+(in|notin)\s*\(([^()]*)\)$`);
const EQUAL = new RegExp(String.raw`^(${KEY})\s*(==?|!=)\s*([-A-Za-z0-9_.]*)$`);
const EXISTS = new RegExp(String.raw`^(!?)\s*(${KEY})$`);
const MAX_LENGTH = 1024;

/** Thrown for a text that is no label selector. */
export class InvalidSelector extends Error {}

/** Reads a selector as Kubernetes does: `app=web,tier!=db,zone in (a, b),!legacy`. An empty one matches all. */
export function readLabelSelector(text: string): LabelTest {
  if (text.length > MAX_LENGTH) throw new InvalidSelector("is too long");
  const tests = splitRequirements(text).map(readRequirement);
  return (labels) => tests.every((test) => test(labels));
}

/** Splits at commas that are not between brackets. */
function splitRequirements(text: string): readonly string[] {
  const parts = [""];
  let depth = 0;
  for (const char of text) {
    if (char === "(") depth++;
    if (char === ")") depth--;
    if (char === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += char;
  }
  return text.trim() === "" ? [] : parts.map((part) => part.trim());
}

function readRequirement(text: string): LabelTest {
  const set = SET.exec(text);
  if (set !== null) {
    const [, key = "", , operator, list = ""] = set;
    const values = new Set(list.split(",").map((value) => value.trim()));
    const isIn = (labels: ReadonlyMap<string, string>) => labels.has(key) && values.has(labels.get(key) ?? "");
    return operator === "in" ? isIn : (labels) => !isIn(labels);
  }
  const equal = EQUAL.exec(text);
  if (equal !== null) {
    const [, key = "", , operator, value] = equal;
    return operator === "!=" ? (labels) => labels.get(key) !== value : (labels) => labels.get(key) === value;
  }
  const exists = EXISTS.exec(text);
  if (exists === null) throw new InvalidSelector(`has ${JSON.stringify(text.slice(0, 100))} in it`);
  const [, not, key = ""] = exists;
  return not === "!" ? (labels) => !labels.has(key) : (labels) => labels.has(key);
}
