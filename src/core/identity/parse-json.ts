/** Before the number of a key that is parsed in another form. A key that begins with it is one of them, too. */
const MARK = "\u{e000}";
/** The rest of a string of JSON with its closing quote; then the colon that makes it a key. */
const REST = /(?:[^"\\]|\\.)*"/sy;
const COLON = /\s*:/y;

/**
 * `JSON.parse` with all keys as they are. V8 13.6 (Node 24) compares a key with the one that an earlier object of the
 * same shape had in its place, and takes `"a\""` for `"a\\"`: it compares escapes as they are written. So no key is
 * parsed with an escape: one that needs none is written without, and others are numbered. Time and memory are
 * proportional to the text. Throws `SyntaxError`.
 */
export function parseJson(text: string): unknown {
  const { safe, keys, marks } = markKeys(text);
  return marks === 0 ? JSON.parse(safe) : withoutMarks(JSON.parse(safe), keys, marks);
}

/** `keys` by their numbers; `marks`: how often they occur. */
interface Marked {
  readonly safe: string;
  readonly keys: readonly string[];
  readonly marks: number;
}

/** Looks at strings with escapes alone: most keys have none, and most texts are long values. */
function markKeys(text: string): Marked {
  const numbers = new Map<string, number>();
  const parts: string[] = [];
  let marks = 0;
  let from = 0;
  const next = suspects(text);
  for (let at = next(0); at !== -1; ) {
    // The first escape of its string: no quote before it is escaped.
    const start = text.lastIndexOf('"', at);
    REST.lastIndex = at;
    // What is no JSON is refused by the parser.
    if (start === -1 || !REST.test(text)) break;
    const end = REST.lastIndex;
    COLON.lastIndex = end;
    if (COLON.test(text)) {
      const key: string = JSON.parse(text.slice(start, end));
      const plain = JSON.stringify(key);
      const isPlain = !plain.includes("\\") && !key.startsWith(MARK);
      if (!isPlain) {
        marks++;
        if (!numbers.has(key)) numbers.set(key, numbers.size);
      }
      parts.push(text.slice(from, start), isPlain ? plain : `"${MARK}${numbers.get(key)}"`);
      from = end;
    }
    at = next(end);
  }
  return { safe: from === 0 ? text : parts.join("") + text.slice(from), keys: [...numbers.keys()], marks };
}

/** Finds the next escape, or the next mark that is in the text itself, from a place behind the last one. */
function suspects(text: string): (from: number) => number {
  const finders = ["\\", MARK].map((what) => {
    let found = text.indexOf(what);
    return (from: number) => {
      if (found !== -1 && found < from) found = text.indexOf(what, from);
      return found === -1 ? text.length : found;
    };
  });
  return (from) => {
    const first = Math.min(...finders.map((find) => find(from)));
    return first === text.length ? -1 : first;
  };
}

/** Gives the keys their own form again. No recursion: the value may be nested deeply. */
function withoutMarks(value: unknown, keys: readonly string[], marks: number): unknown {
  const root = { value };
  const open: { readonly holder: object; readonly key: string }[] = [{ holder: root, key: "value" }];
  let left = marks;
  for (let next = open.pop(); next !== undefined && left > 0; next = open.pop()) {
    const { holder, key } = next;
    let one = Reflect.get(holder, key) as object;
    const marked = Array.isArray(one) ? 0 : Object.keys(one).filter((name) => name.startsWith(MARK)).length;
    if (marked > 0) {
      left -= marked;
      // Defines own properties, so a key called __proto__ is a key.
      one = Object.fromEntries(Object.entries(one).map(([name, member]) => [uniqueKey(name, keys), member]));
      Object.defineProperty(holder, key, { value: one, configurable: true, enumerable: true, writable: true });
    }
    // In reverse, so that the first member is the next one: metadata, where most of these keys are.
    for (const [name, member] of Object.entries(one).reverse()) {
      if (member !== null && typeof member === "object") open.push({ holder: one, key: name });
    }
  }
  return root.value;
}

function uniqueKey(name: string, keys: readonly string[]): string {
  return name.startsWith(MARK) ? (keys[Number(name.slice(MARK.length))] ?? name) : name;
}
