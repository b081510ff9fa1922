import type { Oid } from "../../../core/identity/oid.ts";
import type { Person } from "../../../core/identity/person.ts";

export interface CommitterSignature {
  readonly committer: Person;
  readonly now: Date;
}

interface CommitFields extends CommitterSignature {
  readonly tree: Oid;
  readonly parent: Oid | undefined;
  readonly author: Person;
  readonly message: string;
}

/** The contents of a commit as Git writes them, unsigned. */
export function commitText({ tree, parent, author, committer, now, message }: CommitFields): Buffer {
  const lines = [
    `tree ${tree}`,
    ...(parent === undefined ? [] : [`parent ${parent}`]),
    `author ${personLine(author, now)}`,
    `committer ${personLine(committer, now)}`,
  ];
  return Buffer.from(`${lines.join("\n")}\n\n${cleanMessage(message)}`);
}

interface TagFields {
  /** Without `refs/tags/`. */
  readonly name: string;
  readonly target: Oid;
  readonly tagger: Person;
  readonly now: Date;
  readonly message: string;
}

/** The contents of an annotated tag of a commit, unsigned. The message ends with a newline: a signature follows it. */
export function tagText({ name, target, tagger, now, message }: TagFields): Buffer {
  const text = cleanMessage(message);
  const head = `object ${target}\ntype commit\ntag ${name}\ntagger ${personLine(tagger, now)}\n\n`;
  return Buffer.from(`${head}${text}${text.endsWith("\n") ? "" : "\n"}`);
}

/** Name, address and time as Git's headers have them. */
export function personLine({ name, email }: Person, now: Date): string {
  return `${cleanPerson(name) || "unknown"} <${cleanPerson(email)}> ${Math.floor(now.getTime() / 1000)} +0000`;
}

function cleanPerson(text: string): string {
  return text.replace(/[<>\u0000-\u001f\u007f]+/g, " ").trim();
}

/** Git shows a message only up to its first NUL. */
function cleanMessage(message: string): string {
  return message.replaceAll("\0", "");
}
