/** Thrown for a text that the block parser leaves to the library. */
export class NotPlain extends Error {}

const NOT_PLAIN = new NotPlain("the library reads this text");

export function notPlain(): never {
  throw NOT_PLAIN;
}
