/** The JSON objects that a text begins with, one after the other. Linear; never throws. */
export function jsonValues(text: string): readonly unknown[] {
  const values: unknown[] = [];
  for (let start = 0; ; ) {
    const begin = start + text.slice(start).search(/\S|$/);
    const end = text[begin] === "{" ? endOfObject(text, begin) : undefined;
    if (end === undefined) return values;
    try {
      values.push(JSON.parse(text.slice(begin, end)));
    } catch {
      return values;
    }
    start = end;
  }
}

/** Where the object ends that begins there; undefined if it does not. */
function endOfObject(text: string, begin: number): number | undefined {
  // A text without an end goes on to the end of all: it is tried once.
  const marks = /"(?:[^"\\]|\\.?)*"?|[{}]/gs;
  marks.lastIndex = begin;
  let depth = 0;
  for (let found = marks.exec(text); found !== null; found = marks.exec(text)) {
    if (found[0] === "{") depth++;
    else if (found[0] === "}") depth--;
    if (depth === 0) return marks.lastIndex;
  }
  return undefined;
}
