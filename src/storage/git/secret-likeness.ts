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
/** The shortest piece that counts. Forms beyond `LONG_FORM` have so many that short ones match ordinary words. */
const PIECE = 4;
const LONG_PIECE = 6;
const LONG_FORM = 64;
/** Secrets beyond this are compared in part: a certificate in a token, in practice. */
const MAX_SECRET = 4096;
/** The shortest form that a name has by no chance. Passwords that are words, such as names of packages, are shorter. */
const MIN_WHOLE = 12;
/** The last characters of a text in base64 depend on what follows it. */
const BASE64_END = 2;
/** Single characters among the words of a text that spells something out. */
const SPELLED = 6;

interface Index {
  /** The lengths of the forms. */
  readonly forms: readonly number[];
  /** The forms of at least `MIN_WHOLE` characters, without the end of base64. */
  readonly wholes: readonly string[];
  /** Piece → where the forms have it. */
  readonly places: ReadonlyMap<string, readonly (readonly [form: number, at: number])[]>;
}

/** `RemoteAccess` has the same list of secrets for all of its commands. */
const indexes = new WeakMap<readonly string[], Index>();

/**
 * True if the text shares too much with a form of one of the secrets, or spells something out. Costs ~10 ms for 64 KiB.
 */
export function resemblesSecret(text: string, secrets: readonly string[]): boolean {
  if (secrets.length === 0) return false;
  const words = wordsOf(text);
  if (isSpelledOut(words)) return true;
  const index = indexOf(secrets);
  const withoutNumbers = words.filter((word) => !/^[0-9]{1,4}$/.test(word));
  return sharesTooMuch(words.join(""), index) || sharesTooMuch(withoutNumbers.join(""), index);
}

/**
 * True if the text has a whole form of one of the secrets of at least 12 letters and digits. Unlike `resemblesSecret` it
 * takes no other name for one, so that it may decide whether a branch or a file is used at all. ~150 ms for 1 MiB.
 */
export function containsSecret(text: string, secrets: readonly string[]): boolean {
  if (secrets.length === 0) return false;
  const plain = plainOf(text).replace(/[^\p{L}\p{N}]+/gu, "");
  return indexOf(secrets).wholes.some((form) => plain.includes(form));
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

/** Escapes of characters go with the separators. */
function wordsOf(text: string): string[] {
  return plainOf(text).match(/[\p{L}\p{N}]+/gu) ?? [];
}

function plainOf(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\\?0x|\\x|\\u\{?0{0,4}|&#x?|&[a-z]+;/g, " ");
}

/** `a; b; c`, `1: a, 2: b`, or nothing but one character, which repeated attempts would add up. */
function isSpelledOut(words: readonly string[]): boolean {
  const single = words.filter((word) => [...word].length === 1).length;
  return single === words.length ? single > 0 : single >= SPELLED && single * 2 >= words.length;
}

function sharesTooMuch(text: string, { forms, places }: Index): boolean {
  const shared = new Map<number, Set<number>>();
  for (const piece of [PIECE, LONG_PIECE]) {
    for (let from = 0; from + piece <= text.length; from++) {
      for (const [form, at] of places.get(text.slice(from, from + piece)) ?? []) {
        const covered = shared.get(form) ?? new Set();
        shared.set(form, covered);
        for (let offset = 0; offset < piece; offset++) covered.add(at + offset);
        if (covered.size >= limitOf(forms[form] ?? 0)) return true;
      }
    }
  }
  return false;
}

function limitOf(length: number): number {
  return Math.min(MAX_SHARED, Math.max(PIECE, Math.ceil(length / 2)));
}

function indexOf(secrets: readonly string[]): Index {
  const known = indexes.get(secrets);
  if (known !== undefined) return known;
  const places = new Map<string, [number, number][]>();
  const forms: number[] = [];
  for (const text of new Set(secrets.flatMap((secret) => formsOf(secret)))) {
    const piece = text.length > LONG_FORM ? LONG_PIECE : PIECE;
    for (let at = 0; at + piece <= text.length; at++) {
      const key = text.slice(at, at + piece);
      const found = places.get(key) ?? [];
      places.set(key, found);
      found.push([forms.length, at]);
    }
    forms.push(text.length);
  }
  const wholes = secrets.flatMap((secret) => formsOf(secret, BASE64_END)).filter((form) => form.length >= MIN_WHOLE);
  const index = { forms, places, wholes: [...new Set(wholes)] };
  indexes.set(secrets, index);
  return index;
}

/**
 * Without case and separators; percent escapes of all bytes are hexadecimal then. `cut`: the characters at the end of
 * base64 that are left out.
 */
function formsOf(secret: string, cut = 0): readonly string[] {
  const text = secret.slice(0, MAX_SECRET).toWellFormed();
  const spellings = [text, text.toLowerCase(), text.toUpperCase()];
  const bases = spellings.flatMap((one) => [one, reverse(one)]);
  const encoded = [...new Set(bases)].flatMap((base) => {
    const bytes = Buffer.from(base);
    const decimal = [...bytes].join("");
    return [base, encodeURIComponent(base), bytes.toString("hex"), decimal, ...base64Forms(base, cut)];
  });
  const all = encoded.flatMap((one) => [one, reverse(one)]);
  return [...new Set(all.map((one) => wordsOf(one).join("")))].filter((one) => one.length >= PIECE);
}

/** Of the secret within a longer text, at each of the three offsets that base64 has. */
function base64Forms(text: string, cut: number): readonly string[] {
  return ["", "x", "xx"].map((before) => {
    const encoded = Buffer.from(`${before}${text}`).toString("base64url");
    return encoded.slice(Math.ceil((before.length * 8) / 6), encoded.length - cut);
  });
}

function reverse(text: string): string {
  return [...text].reverse().join("");
}
