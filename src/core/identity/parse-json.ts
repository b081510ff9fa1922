/** Before the number of a key that is parsed in another form. A key that begins with it is one of them, too. */
const MARK = "\u{e000}";
/** The rest of a string of JSON with its closing quote; then the colon that makes it a key. */
const REST = /(?:[^"\\]|\\.)*"/sy;
const COLON = /\s*:/y;

/**
 * `JSON.parse` with all keys as they are. V8 13.6 (Node 24) compares a key with the one that an earlier object of the
 * same shape had in its place, and takes `"a\""` for `"a\\"`: it compares escapes as they are written. So keys with
 * escapes are parsed in a form without any. Throws `SyntaxError`.
 */
export function parseJson(text: string): unknown {
  const { safe, keys } = markKeys(text);
  return keys.length === 0 ? JSON.parse(text) : withoutMarks(JSON.parse(safe), keys);
}

/** Looks at strings with escapes alone: most keys have none, and most texts are long values. */
function markKeys(text: string): { readonly safe: string; readonly keys: readonly string[] } {
  const parts: string[] = [];
  const keys: string[] = [];
  let from = 0;
  for (let at = nextSuspect(text, 0); at !== -1; ) {
    // The first escape of its string: no quote before it is escaped.
    const start = text.lastIndexOf('"', at) + 1;
    REST.lastIndex = at;
    // What is no JSON is refused by the parser.
    if (start === 0 || !REST.test(text)) break;
    const end = REST.lastIndex;
    COLON.lastIndex = end;
    if (COLON.test(text)) {
      parts.push(text.slice(from, start), MARK, String(keys.length), '"');
      keys.push(text.slice(start - 1, end));
      from = end;
    }
    at = nextSuspect(text, end);
  }
  return { safe: parts.join("") + text.slice(from), keys };
}

/** The next escape, or the next mark that is in the text itself. */
function nextSuspect(text: string, from: number): number {
  const [escaped, mark] = [text.indexOf("\\", from), text.indexOf(MARK, from)];
  if (escaped === -1 || mark === -1) return Math.max(escaped, mark);
  return Math.min(escaped, mark);
}

/** Gives the keys their own form again. No recursion: the value may be nested deeply. */
function withoutMarks(value: unknown, keys: readonly string[]): unknown {
  const root = { value };
  const open: { readonly holder: object; readonly key: string }[] = [{ holder: root, key: "value" }];
  let left = keys.length;
  for (let next = open.pop(); next !== undefined && left > 0; next = open.pop()) {
    const { holder, key } = next;
    let one = Reflect.get(holder, key) as object;
    const marked = Array.isArray(one) ? 0 : Object.keys(one).filter((name) => name.startsWith(MARK)).length;
    if (marked > 0) {
      left -= marked;
      // Defines own properties, so a key called __proto__ is a key.
      one = Object.fromEntries(Object.entries(one).map(([name, member]) => [keyOf(name, keys), member]));
      Object.defineProperty(holder, key, { value: one, configurable: true, enumerable: true, writable: true });
    }
    // In reverse, so that the first member is the next one: metadata, where most of these keys are.
    for (const [name, member] of Object.entries(one).reverse()) {
      if (member !== null && typeof member === "object") open.push({ holder: one, key: name });
    }
  }
  return root.value;
}

function keyOf(name: string, keys: readonly string[]): string {
  return name.startsWith(MARK) ? JSON.parse(keys[Number(name.slice(MARK.length))] ?? "") : name;
}
