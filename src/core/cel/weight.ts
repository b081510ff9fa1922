/** Characters that cost as much as one value. */
const CHARACTERS = 16;

/**
 * The number of values in a value of CEL, long texts counted as several. The weight of collections is remembered: they
 * are immutable, and an expression may put one into many others.
 */
export function weigh(value: unknown, known: WeakMap<object, number>): number {
  if (typeof value === "string") return 1 + Math.floor(value.length / CHARACTERS);
  if (typeof value !== "object" || value === null) return 1;
  if (value instanceof Uint8Array) return 1 + Math.floor(value.length / CHARACTERS);
  const before = known.get(value);
  if (before !== undefined) return before;
  let weight = 1;
  if (Array.isArray(value)) for (const item of value) weight += weigh(item, known);
  else if (value instanceof Map) for (const [key, item] of value) weight += weigh(key, known) + weigh(item, known);
  else if (Object.getPrototypeOf(value) === Object.prototype) {
    for (const [key, item] of Object.entries(value)) weight += weigh(key, known) + weigh(item, known);
  }
  known.set(value, weight);
  return weight;
}
