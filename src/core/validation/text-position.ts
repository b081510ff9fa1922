/** A problem at an offset of a text, in UTF-16 code units. */
export interface OffsetProblem {
  readonly offset: number;
  readonly message: string;
}

/**
 * Line and column of an offset, from 1, the column in UTF-16 code units. An offset outside the text counts as its
 * nearest end.
 */
export function locate(text: string, offset: number): { readonly line: number; readonly column: number } {
  const end = Math.max(0, Math.min(offset, text.length));
  let line = 1;
  let start = 0;
  for (let next = text.indexOf("\n"); next !== -1 && next < end; next = text.indexOf("\n", next + 1)) {
    line++;
    start = next + 1;
  }
  return { line, column: end - start + 1 };
}

/**
 * The offset of the first byte that is not UTF-8, in the text that the bytes decode to; undefined if all bytes are
 * UTF-8.
 */
export function findInvalidUtf8(bytes: Uint8Array): number | undefined {
  if (isUtf8(bytes, false)) return undefined;
  let good = 0;
  let bad = bytes.length;
  while (good < bad) {
    const middle = Math.ceil((good + bad) / 2);
    if (isUtf8(bytes.subarray(0, middle), true)) good = middle;
    else bad = middle - 1;
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, good), { stream: true }).length;
}

/** @param isPrefix The last character may be incomplete. */
function isUtf8(bytes: Uint8Array, isPrefix: boolean): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: isPrefix });
    return true;
  } catch {
    return false;
  }
}

/** The first character that YAML forbids: Kubernetes rejects it, though many libraries accept it. */
export function findControlCharacter(text: string): OffsetProblem | undefined {
  const offset = text.search(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/);
  if (offset === -1) return undefined;
  const code = text.charCodeAt(offset).toString(16).toUpperCase().padStart(4, "0");
  return { offset, message: `control character U+${code}` };
}
