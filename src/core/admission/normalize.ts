/** What the API server fills in: absent, or present with this value, a field means the same. */
const DEFAULTS: ReadonlyMap<string, unknown> = new Map([
  ["failurePolicy", "Fail"],
  ["matchPolicy", "Equivalent"],
  ["scope", "*"],
]);
/** Lists whose entries are known by their names: the API server keeps no order of them. */
const NAMED_LISTS: ReadonlySet<string> = new Set(["matchConditions", "variables"]);

/**
 * A policy's or binding's spec without what the API server fills in: defaults, and empty lists and objects, such as a
 * selector that selects everything. Entries of named lists become fields. Equal for specs that mean the same.
 */
export function normalizeSpec(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normalizeSpec);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).flatMap(([name, field]): [string, unknown][] => {
    if (DEFAULTS.has(name) && DEFAULTS.get(name) === field) return [];
    const normal = NAMED_LISTS.has(name) ? byName(field) : normalizeSpec(field);
    return isEmpty(normal) ? [] : [[name, normal]];
  });
  return Object.fromEntries(fields);
}

function byName(list: unknown): unknown {
  if (!Array.isArray(list)) return normalizeSpec(list);
  return Object.fromEntries(list.map((entry) => [String(entry?.name), normalizeSpec(entry)]));
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** Longer texts, such as expressions, are not quoted. */
const MAX_QUOTED = 60;

/** The first difference of two normalized values, in a few words; undefined if they are equal. */
export function firstDifference(expected: unknown, live: unknown, path: string): string | undefined {
  if (isObject(expected) && isObject(live)) {
    const names = [...new Set([...Object.keys(expected), ...Object.keys(live)])].sort();
    for (const name of names) {
      const at = Array.isArray(expected) ? `${path}[${name}]` : `${path}.${name}`;
      const difference = firstDifference(fieldOf(expected, name), fieldOf(live, name), at);
      if (difference !== undefined) return difference;
    }
    return Array.isArray(expected) === Array.isArray(live) ? undefined : `${path} is of another type`;
  }
  if (expected === live) return undefined;
  if (live === undefined) return `${path} is missing`;
  // A default that was replaced is expected to be absent.
  const is = isObject(live) ? "set" : JSON.stringify(live);
  return is.length > MAX_QUOTED ? `${path} is another one` : `${path} is ${is}`;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function fieldOf(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name as keyof typeof value] : undefined;
}
