/** True for a tag that is not newer than a version. A tag `v0.1` is the newest of 0.1. */
export function isAtMost(image: string, major: number, minor: number, patch: number): boolean {
  const match = /:v?(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?(?:@.*)?$/s.exec(image);
  if (match === null) return false;
  const found = match.slice(1, 4).map((part) => (part === undefined ? Number.MAX_SAFE_INTEGER : Number(part)));
  const wanted = [major, minor, patch];
  const at = found.findIndex((part, index) => part !== wanted[index]);
  return at === -1 || (found[at] ?? 0) < (wanted[at] ?? 0);
}
