/** RFC 3339, whole seconds, as Kubernetes writes times. */
export function timestamp(date: Date): string {
  return date.toISOString().replace(/\.[0-9]+Z$/, "Z");
}

/** RFC 3339, with milliseconds if there are any. */
export function exactTimestamp(date: Date): string {
  return date.toISOString().replace(".000Z", "Z");
}
