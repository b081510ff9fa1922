/** A JSON merge patch (RFC 7386); undefined counts as null. */
export function mergePatch(value: object, changes: object): Record<string, unknown> {
  const result: Record<string, unknown> = { ...value };
  for (const [key, change] of Object.entries(changes)) {
    if (change === null || change === undefined) delete result[key];
    else if (isObject(change)) result[key] = mergePatch(isObject(result[key]) ? result[key] : {}, change);
    else result[key] = change;
  }
  return result;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
