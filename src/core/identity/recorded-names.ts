/** The names in an annotation of admission, one a line, the last one last; empty if nobody is recorded. */
export function recordedNames(value: string | undefined): readonly string[] {
  return (value ?? "").split("\n").filter((name) => name !== "");
}

/** A user's name as admission records it: one line, also if the identity provider allows line breaks. */
export function asRecorded(user: string): string {
  return user.replaceAll("\n", " ");
}
