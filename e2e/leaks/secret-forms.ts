/** A secret in every form in which it could turn up somewhere: as it is, URL-encoded, in JSON, and within base64 of more. */
export function formsOf(secret: string): readonly string[] {
  const forms = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...base64Forms(secret)];
  return [...new Set(forms)].filter((form) => form.length >= 8);
}

/** The characters of base64 that depend on the secret alone, wherever it begins in what was encoded: `user:secret` too. */
function base64Forms(secret: string): readonly string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.from(`${"x".repeat(before)}${secret}`)
      .toString("base64")
      .replaceAll("=", "");
    // What comes before takes part in the first characters, what comes after in the last one.
    return encoded.slice(Math.ceil((before * 8) / 6), -1);
  });
}

/** Which of the forms a text or bytes hold. */
export function findForms(forms: readonly string[], where: string | Uint8Array): readonly string[] {
  if (typeof where === "string") return forms.filter((form) => where.includes(form));
  const bytes = Buffer.from(where.buffer, where.byteOffset, where.byteLength);
  return forms.filter((form) => bytes.includes(form));
}
