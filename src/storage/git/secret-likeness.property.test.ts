import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interpretFailure } from "./error-patterns.ts";
import { readRejections } from "./push/push-report.ts";

/**
 * Passwords and tokens as people have them: random ones of at least 8 letters and digits, also with other characters.
 */
const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const symbols = "!#$%&*+,-./:;=?@^_~ äßé";
const secret = fc
  .tuple(
    fc.string({ unit: fc.constantFrom(...letters), minLength: 10, maxLength: 48 }),
    fc.array(fc.constantFrom(...symbols), { maxLength: 3 }),
    fc.nat(),
  )
  .map(([text, more, at]) => text.slice(0, at % text.length) + more.join("") + text.slice(at % text.length))
  .filter((text) => new Set(text).size >= 6 && text.trim() === text);

const reverse = (text: string) => [...text].reverse().join("");
const bytesOf = (text: string) => [...Buffer.from(text)];

/** What a server may do to a secret. */
const encodings: Readonly<Record<string, (text: string) => string>> = {
  "as it is": (text) => text,
  reversed: reverse,
  "in upper case": (text) => text.toUpperCase(),
  "in lower case": (text) => text.toLowerCase(),
  "in base64": (text) => Buffer.from(text).toString("base64"),
  "in base64 for URLs": (text) => Buffer.from(text).toString("base64url"),
  "in base64, after a user name": (text) => Buffer.from(`user:${text}`).toString("base64"),
  "in base64 of JSON": (text) => Buffer.from(JSON.stringify({ password: text, ok: true })).toString("base64"),
  "in base64, reversed": (text) => reverse(Buffer.from(text).toString("base64")),
  "reversed, in base64": (text) => Buffer.from(reverse(text)).toString("base64"),
  "in hexadecimal": (text) => Buffer.from(text).toString("hex"),
  "in upper-case hexadecimal": (text) => Buffer.from(text).toString("hex").toUpperCase(),
  "in hexadecimal, reversed": (text) => reverse(Buffer.from(text).toString("hex")),
  "as a dump": (text) =>
    bytesOf(text)
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .join(" "),
  "as an array of bytes": (text) =>
    `[${bytesOf(text)
      .map((byte) => `0x${byte.toString(16).padStart(2, "0")}`)
      .join(", ")}]`,
  "in decimal": (text) => bytesOf(text).join(" "),
  "as escapes": (text) =>
    bytesOf(text)
      .map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`)
      .join(""),
  "as percent escapes": (text) => encodeURIComponent(text),
  "as percent escapes of all bytes": (text) =>
    bytesOf(text)
      .map((byte) => `%${byte.toString(16).padStart(2, "0")}`)
      .join(""),
};

/** And to what came of it. */
const layouts: Readonly<Record<string, (text: string) => string>> = {
  "at once": (text) => text,
  "with blanks": (text) => [...text].join(" "),
  "with separators": (text) => [...text].join("-"),
  "one character a line": (text) => [...text].join("\nremote: "),
  "with numbers": (text) => [...text].map((char, at) => `${at}: ${char}`).join("\nremote: "),
  "in quarters": (text) => chunks(text, Math.ceil(text.length / 4)).join("\nremote: and "),
  "in halves": (text) => chunks(text, Math.ceil(text.length / 2)).join(" and then "),
};

function chunks(text: string, size: number): string[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(at * size, (at + 1) * size));
}

const secretsOf = (text: string) => {
  const encoded = Buffer.from(`user:${text}`).toString("base64");
  return [encoded, text, encodeURIComponent(text), Buffer.from(text).toString("base64")];
};

/** Characters in a row, without case and separators, that a shown text may share with a form by accident. */
const ACCIDENT = 7;
/** The same for digits alone: a character of the secret takes two or three. */
const DIGITS_ACCIDENT = 15;
const accidentOf = (form: string) => (/^[0-9\s]+$/.test(form) ? DIGITS_ACCIDENT : ACCIDENT);

/** The longest run that a shown text has in common with a form of the secret. */
function longestRun(shown: string, form: string): number {
  const plain = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  const [a, b] = [plain(shown), plain(form)];
  let longest = 0;
  for (let at = 0; at < b.length; at++) {
    while (at + longest < b.length && a.includes(b.slice(at, at + longest + 1))) longest += 1;
  }
  return longest;
}

describe("no message shows a password that a server sends back", () => {
  it.each(Object.entries(encodings))("%s", (_, encode) => {
    fc.assert(
      fc.property(secret, fc.constantFrom(...Object.keys(layouts)), (text, layout) => {
        const layOut = layouts[layout] ?? String;
        const sent = layOut(encode(text));
        const secrets = secretsOf(text);
        const stderrs = [
          `remote: ${sent}\nfatal: the remote end hung up unexpectedly\n`,
          `fatal: remote error: rejected ${sent}\n`,
          `remote: denied for ${sent} by policy\nerror: RPC failed; HTTP 500\n`,
        ];
        const reports = `!\t:refs/heads/a\t[remote rejected] (${sent.replaceAll("\n", " ")})\nDone\n`;
        const shown = [
          ...stderrs.map((stderr) => interpretFailure(stderr, secrets).message),
          ...stderrs.flatMap((stderr) => readRejections(reports, stderr, secrets).map(({ message }) => message)),
        ];
        for (const one of shown) {
          expect(longestRun(one, encode(text)), one).toBeLessThanOrEqual(accidentOf(encode(text)));
          expect(longestRun(one, text), one).toBeLessThanOrEqual(Math.min(ACCIDENT, text.length / 2));
        }
      }),
      { numRuns: 20 },
    );
  });
});
