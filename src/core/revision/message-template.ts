/** What a template of a commit or tag message may name: `{{package}}`. */
export const MESSAGE_FIELDS = [
  "subject",
  "action",
  "repository",
  "target",
  "realm",
  "package",
  "path",
  "workspace",
  "revision",
  "user",
] as const;

export type MessageField = (typeof MESSAGE_FIELDS)[number];
/** Values from users and folders, in any form; absent where a message has none, such as the revision of a draft. */
export type MessageValues = Readonly<Partial<Record<MessageField, string>>> & { readonly subject: string };

const PLACEHOLDER = /\{\{ *([^{}\n]*?) *\}\}/g;
/** Longer values are cut: a subject repeats names of at most 1024 characters, and a template names many of them. */
const MAX_VALUE = 256;
/** Control characters but the line feed. */
const CONTROL = /[\x00-\x09\x0b-\x1f\x7f]/;

/** Why a text cannot be used as a template; undefined if it can. */
export function templateProblem(template: string): string | undefined {
  for (const [placeholder, name = ""] of template.matchAll(PLACEHOLDER)) {
    if (isField(name)) continue;
    return `${JSON.stringify(placeholder)} is no field: the fields are ${MESSAGE_FIELDS.join(", ")}`;
  }
  if (/\{\{|\}\}/.test(template.replace(PLACEHOLDER, ""))) return "{{ and }} stand around the name of a field only";
  if (CONTROL.test(template)) return "it has a control character that is not a line feed";
  if (!template.isWellFormed()) return "it is not valid Unicode";
  return /^[^\n]*\S/.test(template) ? undefined : "its first line, the subject, is empty";
}

/**
 * The first lines of a message, without a line feed at its end. No value adds a line, and no line is one that git takes
 * for the beginning of a signature. If the first line has no text, the default subject is used for it. What stands
 * there can have the form of trailers: the caller ends the message with a paragraph of its own, since only the last
 * paragraph is read.
 */
export function renderTemplate(template: string | undefined, values: MessageValues): string {
  const subject = oneLine(values.subject);
  if (template === undefined) return unsigned(subject);
  const fill = (name: string) => (isField(name) ? oneLine(values[name] ?? "") : "");
  const text = template.replace(PLACEHOLDER, (_, name: string) =>
    name === "subject" ? subject : fill(name).slice(0, MAX_VALUE).toWellFormed(),
  );
  const [first = "", ...rest] = text.split("\n").map((line) => line.trimEnd());
  return unsigned([first.trim() === "" ? subject : first.trim(), ...rest].join("\n").trimEnd());
}

function isField(name: string): name is MessageField {
  return (MESSAGE_FIELDS as readonly string[]).includes(name);
}

function oneLine(text: string): string {
  return text
    .replace(/[\s\x00-\x1f\x7f-\x9f]+/g, " ")
    .trim()
    .toWellFormed();
}

/** In a tag, a line that begins like this ends the message: what follows is the signature. */
function unsigned(text: string): string {
  return text.replace(/^-+(?=BEGIN )/gm, "");
}
