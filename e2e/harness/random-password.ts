import { randomBytes } from "node:crypto";

/**
 * 32 letters that no object id has: a message with an id would resemble the password now and then, and be withheld.
 */
export function randomPassword(): string {
  return [...randomBytes(32)].map((byte) => String.fromCharCode(0x67 + (byte % 20))).join("");
}
