/**
 * Splits the path of a field as kustomize does: at dots, but not at those after a backslash or in brackets.
 * `a.[b.c].[name=x.y]` → `a`, `b.c`, `[name=x.y]`.
 */
export function splitFieldPath(path: string): readonly string[] {
  const parts = joinEscaped(path.split("."));
  const result: string[] = [];
  for (let at = 0; at < parts.length; at++) {
    let part = parts[at] ?? "";
    if (!part.startsWith("[") || part.endsWith("]")) {
      result.push(part);
      continue;
    }
    while (!part.endsWith("]") && at + 1 < parts.length) part += `.${parts[++at] ?? ""}`;
    result.push(part.includes("=") ? part : part.replaceAll(/^[[\]]+|[[\]]+$/g, ""));
  }
  return result;
}

function joinEscaped(split: readonly string[]): readonly string[] {
  const [first = "", ...rest] = split.length > 1 && split[0] === "" ? split.slice(1) : split;
  const result = [first];
  for (const part of rest) {
    const last = result.at(-1) ?? "";
    if (last.endsWith("\\")) result[result.length - 1] = `${last.slice(0, -1)}.${part}`;
    else result.push(part);
  }
  return result;
}

export function isIndex(part: string): boolean {
  return /^\+?\d{1,9}$/.test(part);
}

export function isItemMatch(part: string): boolean {
  return part.startsWith("[") && part.endsWith("]");
}

/** `[name=web]` → `name`, `web`; undefined without `=`. */
export function splitItemMatch(part: string): { readonly field: string; readonly value: string } | undefined {
  const inner = part.slice(1, -1);
  const sign = inner.indexOf("=");
  return sign === -1 ? undefined : { field: inner.slice(0, sign), value: inner.slice(sign + 1) };
}
