/** Published, whether or not its deletion is proposed. */
export function isPublished(lifecycle: string | undefined): boolean {
  return lifecycle === "published" || lifecycle === "deletionProposed";
}
