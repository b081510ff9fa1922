/**
 * All forms in which a secret may leak: itself, reversed, URL-encoded, in JSON, in hexadecimal, and within base64 of a
 * longer text.
 */
export function formsOf(secret: string): readonly string[] {
  const reversed = [...secret].reverse().join("");
  const hex = Buffer.from(secret).toString("hex");
  const forms = [
    ...[secret, reversed, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)],
    ...[hex, hex.toUpperCase(), ...base64Forms(secret), ...base64Forms(reversed)],
  ];
  return [...new Set(forms)].filter((form) => form.length >= 8);
}

/**
 * Characters of base64 that depend only on the secret, for every offset in the encoded text, such as in `user:secret`.
 */
function base64Forms(secret: string): readonly string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.from(`${"x".repeat(before)}${secret}`)
      .toString("base64")
      .replaceAll("=", "");
    // The first characters depend on the text before, the last one on the text after.
    return encoded.slice(Math.ceil((before * 8) / 6), -1);
  });
}

/** The forms that a text or bytes contain. */
export function findForms(forms: readonly string[], text: string | Uint8Array): readonly string[] {
  if (typeof text === "string") return forms.filter((form) => text.includes(form));
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  return forms.filter((form) => bytes.includes(form));
}
