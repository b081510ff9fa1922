/** A field selector of these fields; those that are undefined are left out. Undefined if nothing is left. */
export function fieldSelector(fields: Readonly<Record<string, string | undefined>>): string | undefined {
  const terms = Object.entries(fields).flatMap(([field, value]) =>
    value === undefined ? [] : [`${field}=${escapeValue(value)}`],
  );
  return terms.length === 0 ? undefined : terms.join(",");
}

/** As apimachinery's fields.EscapeValue. */
function escapeValue(value: string): string {
  return value.replaceAll(/[\\,=]/g, String.raw`\$&`);
}
