import type { Secret } from "../shared/kinds.ts";

/** The keys that hold secrets. A user name such as `git` must not be replaced in every line of the log. */
export const SECRET_KEYS = ["password", "bearerToken", "ssh-privatekey"] as const;
export type SecretKey = (typeof SECRET_KEYS)[number] | "username" | "known_hosts" | "ca.crt";

/** Bytes of a value; 0 without one. Decodes nothing. */
export function sizeOf({ data }: Secret, key: SecretKey): number {
  return Buffer.byteLength(data?.[key] ?? "", "base64");
}

export function decode({ data }: Secret, key: SecretKey): string | undefined {
  const encoded = data?.[key];
  return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8");
}

/** Says which value of a Secret is too large, and what to do. */
export function tooLargeValue(
  name: string | undefined,
  key: string,
  { bytes, maxBytes }: { readonly bytes: number; readonly maxBytes: number },
): string {
  return (
    `the key ${key} of the Secret ${name} has ${bytes} bytes, and a value of more than ${maxBytes} is not used: ` +
    "shorten it, or have the administrator raise PKGSERVER_MAX_SECRET_VALUE of the operator (the chart's " +
    "maxSecretValue)"
  );
}
