import { sha256Hex } from "../identity/hash.ts";
import { foldLabel } from "../identity/names.ts";

const MAX_LENGTH = 253;
/** Hexadecimal digits of a hash in a name: 80 bits. */
const HASH_LENGTH = 20;

/**
 * The name of a target's variant: `set.target`. A target that is no DNS label is folded to one with a hash, as is a
 * name that would be too long. Two sets make no name twice, since the last part is the target.
 */
export function variantName(set: string, target: string): string {
  const name = `${set}.${foldLabel(target)}`;
  if (name.length <= MAX_LENGTH) return name;
  const hash = sha256Hex(name).slice(0, HASH_LENGTH);
  return `${name.slice(0, MAX_LENGTH - hash.length - 1).replace(/[-.]+$/, "")}-${hash}`;
}
