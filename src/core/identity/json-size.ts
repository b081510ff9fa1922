/**
 * True if the JSON of a value is certainly longer than this many characters: escapes are not counted. Looks at no more
 * of the value than it needs to know.
 */
export function isLargerThan(value: unknown, limit: number): boolean {
  let left = limit;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const one = open.pop();
    // Each value has a comma, a bracket or a colon of its own.
    left -= typeof one === "string" ? one.length + 2 : 1;
    if (one !== null && typeof one === "object") {
      const isArray = Array.isArray(one);
      for (const key in one) {
        if (!Object.hasOwn(one, key)) continue;
        const member = (one as Readonly<Record<string, unknown>>)[key];
        if (member === undefined) continue;
        left -= isArray ? 1 : key.length + 3;
        if (left < 0) return true;
        open.push(member);
      }
    }
    if (left < 0) return true;
  }
  return false;
}
