import { PieceSet } from "./piece-set.ts";
import { literalWordsOf, PIECE, plainOf, secretFormsOf, wordsOf } from "./secret-forms.ts";

/**
 * Tells whether a server's text may hold a secret that the server was sent, in another form.
 *
 * Texts are compared without case and without everything but letters and digits, so that no form is needed for blanks,
 * line breaks, separators or case. What two texts share counts in pieces, which may be apart and in any order. This
 * finds what a careless server echoes: headers, debug pages, encodings of them. A hostile one knows the secret, and can
 * put it into words, names of branches or files; no filter prevents that.
 */

/** Shared characters at which a text is withheld; of a shorter secret, half of it. */
const MAX_SHARED = 8;
/** Forms beyond `LONG_FORM` have so many pieces that short ones match ordinary words. */
const LONG_PIECE = 6;
const LONG_FORM = 64;
/** Forms of digits alone: a character takes two or three of them, and addresses with ports share many by chance. */
const DIGITS_PIECE = 8;
const MAX_SHARED_DIGITS = 16;
/** Single characters among the words of a text that spells something out. */
const SPELLED = 6;

/**
 * True if the text shares too much with a form of one of the secrets, or spells something out. Costs ~10 ms for 64 KiB,
 * and as much for a token of 4 KiB.
 */
export function resemblesSecret(text: string, secrets: readonly string[]): boolean {
  if (secrets.length === 0) return false;
  const words = wordsOf(text);
  if (isSpelledOut(words)) return true;
  const { all } = secretFormsOf(secrets);
  // What looks like an escape may be two characters of the secret.
  const readings = [words, literalWordsOf(text)].flatMap((one) => [
    one.join(""),
    one.filter((word) => !/^[0-9]{1,4}$/.test(word)).join(""),
  ]);
  return [...new Set(readings)].some((reading) => sharesTooMuch(reading, all));
}

/**
 * True if the text has a whole form of one of the secrets of at least 12 letters and digits. Unlike `resemblesSecret`
 * it takes no other name for one, so that it may decide whether a branch or a file is used at all. ~150 ms for 1 MiB.
 */
export function containsSecret(text: string, secrets: readonly string[]): boolean {
  if (secrets.length === 0) return false;
  const plain = plainOf(text).replace(/[^\p{L}\p{N}]+/gu, "");
  return secretFormsOf(secrets).wholes.some((form) => plain.includes(form));
}

/**
 * Replaces words that are encoded data, whatever they encode: 20 letters and digits or more of three classes, or with
 * digits scattered among letters. Object ids stay.
 */
export function hideEncodedWords(text: string): string {
  return text.replace(/[A-Za-z0-9]{20,}/g, (word) => (isEncoded(word) ? "…" : word));
}

function isEncoded(word: string): boolean {
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(word)) return false;
  const classes = [/[a-z]/, /[A-Z]/, /[0-9]/].filter((one) => one.test(word)).length;
  return classes === 3 || (word.match(/[A-Za-z][0-9]/g) ?? []).length >= 3 || /^[0-9a-fA-F]+$/.test(word);
}

/** `a; b; c`, `1: a, 2: b`, or nothing but one character, which repeated attempts would add up. */
function isSpelledOut(words: readonly string[]): boolean {
  const single = words.filter((word) => [...word].length === 1).length;
  return single === words.length ? single > 0 : single >= SPELLED && single * 2 >= words.length;
}

/**
 * Asks for each piece of the forms whether the text has it. An index of the forms would have millions of pieces for a
 * token of 4 KiB; a text has 65,536 at most.
 */
function sharesTooMuch(text: string, forms: readonly string[]): boolean {
  const [short, long, digits] = [PIECE, LONG_PIECE, DIGITS_PIECE].map((length) => new PieceSet(text, length));
  return forms.some((form) => {
    const isDigits = /^[0-9]+$/.test(form);
    const pieces = isDigits ? digits : form.length > LONG_FORM ? long : short;
    const most = isDigits ? MAX_SHARED_DIGITS : MAX_SHARED;
    return pieces !== undefined && sharesAtLeast(limitOf(form.length, most), form, pieces);
  });
}

function limitOf(length: number, most: number): number {
  return Math.min(most, Math.max(PIECE, Math.ceil(length / 2)));
}

/** True if so many characters of the form are in pieces of the set. One that is in several pieces counts once. */
function sharesAtLeast(limit: number, form: string, pieces: PieceSet): boolean {
  let shared = 0;
  let sharedTo = 0;
  for (let at = 0; at + pieces.length <= form.length; at++) {
    if (!pieces.hasPieceAt(form, at)) continue;
    shared += at + pieces.length - Math.max(at, sharedTo);
    sharedTo = at + pieces.length;
    if (shared >= limit) return true;
  }
  return false;
}
