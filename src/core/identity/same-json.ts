type Members = Readonly<Record<string, unknown>>;

/**
 * True if two values have equal JSON, whatever the order of their keys; members that are undefined count as absent.
 * Neither is serialized: an object may have a hundred thousand labels.
 */
export function isSameJson(a: unknown, b: unknown): boolean {
  // No recursion: how deep they are nested is up to users.
  const open: (readonly [a: unknown, b: unknown])[] = [[a, b]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [one, other] = next;
    if (one === other) continue;
    if (one === null || other === null || typeof one !== "object" || typeof other !== "object") return false;
    if (Array.isArray(one) !== Array.isArray(other)) return false;
    // By keys: entries would be a hundred thousand arrays.
    const [ones, others] = [one as Members, other as Members];
    let members = 0;
    for (const key of Object.keys(ones)) {
      const member = ones[key];
      if (member === undefined) continue;
      members += 1;
      const same = others[key];
      if (same === member) continue;
      if (typeof same !== "object" || typeof member !== "object" || !Object.hasOwn(others, key)) return false;
      open.push([member, same]);
    }
    for (const key of Object.keys(others)) if (others[key] !== undefined) members -= 1;
    if (members !== 0) return false;
  }
  return true;
}
