/** A plain key of a path; others are written as JSON strings. */
const PLAIN_KEY = /^[A-Za-z_$][\w$-]*$/;

/**
 * The path of the first integer that may have lost digits: JSON numbers are read as doubles, which hold integers up to
 * 2^53 - 1 exactly, so that two larger ones can become one value, and one digest. A larger double is no safe integer
 * either, whatever was written. Fractions are as the API server shows them, which has rounded them itself.
 */
export function findInexactNumber(value: unknown, path: string): string | undefined {
  // No recursion: how deep the value is nested is checked later.
  const open: { readonly path: string; readonly value: unknown }[] = [{ path, value }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value: one } = next;
    if (typeof one === "number" && Number.isInteger(one) && !Number.isSafeInteger(one)) return next.path;
    if (one === null || typeof one !== "object") continue;
    const members = Object.entries(one).map(([key, member]) => ({ path: join(next.path, one, key), value: member }));
    open.push(...members.toReversed());
  }
  return undefined;
}

export function describeInexactNumber(path: string): string {
  return (
    `${path} is a number beyond ${Number.MAX_SAFE_INTEGER} (2^53 - 1), and its last digits cannot be recorded: write ` +
    "it as a string, in quotes"
  );
}

function join(path: string, parent: object, key: string): string {
  if (Array.isArray(parent)) return `${path}[${key}]`;
  return PLAIN_KEY.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}
