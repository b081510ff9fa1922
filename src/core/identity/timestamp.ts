/** RFC 3339 in whole seconds. @param time milliseconds since 1970 */
export function timestampOf(time: number): string {
  return new Date(time).toISOString().replace(/\.[0-9]+Z$/, "Z");
}
