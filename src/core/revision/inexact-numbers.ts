/** A plain key of a path; others are written as JSON strings. */
const PLAIN_KEY = /^[A-Za-z_$][\w$-]*$/;

/** Its path is made only where it is needed: a spec may have hundreds of thousands of values. */
interface Member {
  readonly key: string;
  readonly value: unknown;
  readonly parent?: Member;
}

/**
 * The path of the first integer that may have lost digits: JSON numbers are read as doubles, which hold integers up to
 * 2^53 - 1 exactly, so that two larger ones can become one value, and one digest. A larger double is no safe integer
 * either, whatever was written. Fractions are as the API server shows them, which has rounded them itself.
 */
export function findInexactNumber(value: unknown, path: string): string | undefined {
  // No recursion: how deep the value is nested is checked later.
  const open: Member[] = [{ key: "", value }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value: one } = next;
    if (typeof one === "number" && Number.isInteger(one) && !Number.isSafeInteger(one)) return pathOf(next, path);
    if (one === null || typeof one !== "object") continue;
    const keys = Object.keys(one);
    for (let at = keys.length - 1; at >= 0; at--) {
      const key = keys[at] ?? "";
      open.push({ key, value: (one as Readonly<Record<string, unknown>>)[key], parent: next });
    }
  }
  return undefined;
}

export function describeInexactNumber(path: string): string {
  return (
    `${path} is a number beyond ${Number.MAX_SAFE_INTEGER} (2^53 - 1), and its last digits cannot be recorded: write ` +
    "it as a string, in quotes"
  );
}

/** `path`: of the member that has no parent. */
function pathOf(member: Member, path: string): string {
  const parts: string[] = [];
  for (let at = member; at.parent !== undefined; at = at.parent) {
    const { key, parent } = at;
    if (Array.isArray(parent.value)) parts.push(`[${key}]`);
    else parts.push(PLAIN_KEY.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`);
  }
  return `${path}${parts.reverse().join("")}`;
}
