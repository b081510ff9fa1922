/** Of a longer secret only so much is compared: it is a certificate in a token, in practice. */
const MAX_SECRET = 4096;
/** The shortest piece that counts. */
export const PIECE = 4;
/** The shortest form that a name has by no chance. Passwords that are words, such as names of packages, are shorter. */
const MIN_WHOLE = 12;
/** The last characters of a text in base64 depend on what follows it. */
const BASE64_END = 2;
/** The lists of secrets whose forms are kept: those of a token of 4 KiB take 3 MB, and some 100 ms. */
const MAX_CACHED = 8;

/** The forms in which a server could echo its secrets, without case and separators. Each list is computed once. */
export class SecretForms {
  readonly #secrets: readonly string[];
  #all: readonly string[] | undefined;
  #wholes: readonly string[] | undefined;

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
  }

  get all(): readonly string[] {
    this.#all ??= [...new Set(this.#secrets.flatMap((secret) => formsOf(secret)))];
    return this.#all;
  }

  /** Those of at least 12 characters, without the end of base64. */
  get wholes(): readonly string[] {
    const forms = () => this.#secrets.flatMap((secret) => formsOf(secret, BASE64_END));
    this.#wholes ??= [...new Set(forms().filter((form) => form.length >= MIN_WHOLE))];
    return this.#wholes;
  }
}

/** The least recently used is first. */
const cache = new Map<readonly string[], SecretForms>();

/** The forms of a list that is the same for all commands of a remote, as that of `PreparedCredentials` is. */
export function secretFormsOf(secrets: readonly string[]): SecretForms {
  const forms = cache.get(secrets) ?? new SecretForms(secrets);
  cache.delete(secrets);
  cache.set(secrets, forms);
  for (const oldest of cache.keys()) {
    if (cache.size <= MAX_CACHED) break;
    cache.delete(oldest);
  }
  return forms;
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

/** The words of letters and digits, in lower case. Escapes of characters go with the separators. */
export function wordsOf(text: string): string[] {
  return plainOf(text).match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** The same with escapes as words. */
export function literalWordsOf(text: string): string[] {
  return foldCase(text).match(/[\p{L}\p{N}]+/gu) ?? [];
}

export function plainOf(text: string): string {
  return foldCase(text).replace(/\\?0x|\\x|\\u\{?0{0,4}|&#x?|&[a-z]+;/g, " ");
}

function foldCase(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
