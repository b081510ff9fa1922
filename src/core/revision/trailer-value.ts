/** The key and the value of a trailer. */
export type Trailer = readonly [key: string, value: string];

/**
 * Plain if `parseValue` returns the same text; else as a JSON string, so that names of users and folders are preserved.
 */
export function renderValue(text: string): string {
  const plain = text !== "" && text === text.trim() && !/^"|[\x00-\x1f\x7f]/.test(text) && text.isWellFormed();
  return plain ? text : JSON.stringify(text);
}

/** The value of a trailer, as `renderValue` writes it. */
export function parseValue(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : text;
  } catch {
    return text;
  }
}

/** The trailers of a message: those of its last paragraph. */
export function trailersIn(message: string): readonly Trailer[] {
  const text = message.trimEnd();
  const blank = text.lastIndexOf("\n\n");
  const paragraph = blank < 0 ? text : text.slice(blank + 2);
  return paragraph.split("\n").flatMap((line): readonly Trailer[] => {
    const colon = line.indexOf(": ");
    return colon > 0 ? [[line.slice(0, colon), parseValue(line.slice(colon + 2))]] : [];
  });
}

export function valuesOf(key: string, trailers: readonly Trailer[]): readonly string[] {
  return trailers.flatMap(([one, value]) => (one === key ? [value] : []));
}

export function toLine(key: string, value: string): string {
  return `${key}: ${renderValue(value)}`;
}
