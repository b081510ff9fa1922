import { CelError } from "./cel-error.ts";

/** Of the text of a quantity. */
const MAX_LENGTH = 100;
const MAX_EXPONENT = 100;
const NANO = 1_000_000_000n;
const PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d{1,3})?$/;
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };

/** A quantity of Kubernetes, such as `500m` or `1.5Gi`, exact to 10⁻⁹, which is rounded up as Kubernetes does. */
export class Quantity {
  readonly #nanos: bigint;

  constructor(nanos: bigint) {
    this.#nanos = nanos;
  }

  compareTo(other: Quantity): bigint {
    return this.#nanos < other.#nanos ? -1n : this.#nanos > other.#nanos ? 1n : 0n;
  }

  add(other: Quantity): Quantity {
    return new Quantity(this.#nanos + other.#nanos);
  }

  sub(other: Quantity): Quantity {
    return new Quantity(this.#nanos - other.#nanos);
  }

  get isInteger(): boolean {
    return this.#nanos % NANO === 0n;
  }

  /** Throws a CelError for one that is none, or too large. */
  asInteger(): bigint {
    const value = this.#nanos / NANO;
    if (!this.isInteger || BigInt.asIntN(64, value) !== value) {
      throw new CelError("evaluation", "the quantity is no integer of 64 bits");
    }
    return value;
  }

  asApproximateFloat(): number {
    return Number(this.#nanos / NANO) + Number(this.#nanos % NANO) / Number(NANO);
  }

  sign(): bigint {
    return this.#nanos > 0n ? 1n : this.#nanos < 0n ? -1n : 0n;
  }
}

/** Undefined for a text that is no quantity. */
export function readQuantity(text: string): Quantity | undefined {
  const [all, sign, whole = "", fraction = "", suffix = ""] =
    text.length > MAX_LENGTH ? [] : (PATTERN.exec(text) ?? []);
  if (all === undefined || whole + fraction === "") return undefined;
  const digits = BigInt(whole + fraction) * (sign === "-" ? -1n : 1n);
  const binary = BINARY[suffix];
  const exponent = DECIMAL[suffix] ?? Number(/^[eE].*\d/.test(suffix) ? suffix.slice(1) : 0);
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined;
  const scale = 9 - fraction.length + exponent;
  return new Quantity(scaled(binary === undefined ? digits : digits << binary, scale));
}

/** Rounds away from zero. */
function scaled(digits: bigint, scale: number): bigint {
  if (scale >= 0) return digits * 10n ** BigInt(scale);
  const divisor = 10n ** BigInt(-scale);
  const rest = digits % divisor;
  return digits / divisor + (rest === 0n ? 0n : rest > 0n ? 1n : -1n);
}

/** Throws a CelError. A number is one of YAML: `cpu: 1`. */
export function quantity(value: string | bigint | number): Quantity {
  const found = readQuantity(String(value));
  if (found === undefined) throw new CelError("evaluation", "the value is no quantity, such as 500m or 1.5Gi");
  return found;
}

export function isQuantity(value: string | bigint | number): boolean {
  return readQuantity(String(value)) !== undefined;
}
