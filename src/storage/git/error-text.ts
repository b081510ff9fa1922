import { hideEncodedWords, resemblesSecret } from "./secret-likeness.ts";

/** Characters of stderr that patterns are matched against. */
const MAX_TEXT = 64 * 1024;
const MAX_LINE = 2000;
const MAX_MESSAGE = 1000;
/** Replacing a password of one or two letters would make every message unreadable and protect nothing. */
const MIN_SECRET = 3;

/**
 * The beginning and the end of stderr, with every line cut. A remote writes to stderr as well: on megabytes of its text
 * a pattern that backtracks would take hours.
 */
export function boundText(text: string): string {
  const some = text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT / 2)}\n${text.slice(-MAX_TEXT / 2)}`;
  return some
    .split("\n")
    .map((line) => line.slice(0, MAX_LINE))
    .join("\n");
}

/** In place of a text that may hold a secret in another form. */
export const WITHHELD =
  "the server's message is not shown, because it resembles the credentials that the server was sent";

/** In place of the name of a branch, tag, file or author. */
export const WITHHELD_NAME = "(name not shown)";
/** Why: follows the name of what has it. */
export const NAME_RESEMBLES_SECRET = "is not shown, because it resembles the credentials that the server was sent";

/**
 * One line of at most 1000 characters, without secrets, users in URLs and control characters. Where a secret was sent
 * to the server, encoded words are left out, and a text that resembles the secret is withheld as a whole: ordinary
 * messages of hooks stay, and what a server echoes is not repeated in any form.
 */
export function cleanText(text: string, secrets: readonly string[]): string {
  // Secrets are hidden before the text is cut: half a secret would not be recognized.
  const hidden = hideSecrets(text, secrets);
  if (resemblesSecret(hidden.slice(0, MAX_TEXT), secrets)) return WITHHELD;
  const cleaned = (secrets.length === 0 ? hidden : hideEncodedWords(hidden.slice(0, MAX_TEXT)))
    .slice(0, 2 * MAX_LINE)
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/'"@]*@/gi, "$1")
    .replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, " ")
    .trim();
  return cleaned.length > MAX_MESSAGE ? `${cleaned.slice(0, MAX_MESSAGE - 1)}…` : cleaned;
}

/** Replaces every secret by an ellipsis. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= MIN_SECRET)
    .reduce((rest, secret) => rest.replaceAll(secret, "…"), text);
}

/**
 * The message that the remote's hooks and protections sent (`remote: …` lines), cleaned as by `cleanText`; may be
 * empty.
 */
export function readRemoteMessage(stderr: string, secrets: readonly string[] = []): string {
  const lines = stderr
    .split("\n")
    .filter((line) => line.startsWith("remote:"))
    .map((line) => line.slice("remote:".length).trim())
    .filter((line) => line !== "");
  return cleanText(lines.join("; "), secrets);
}
