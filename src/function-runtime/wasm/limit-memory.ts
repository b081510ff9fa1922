const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const MEMORY_SECTION = 5;
const PAGE_BYTES = 65_536;
const HAS_MAXIMUM = 1;

/** The bytes are no module that can be run here. */
export class ModuleError extends Error {
  override readonly name = "ModuleError";
}

/**
 * A WebAssembly module whose memory grows to `bytes` at most: compilers of Go, for example, set no maximum. Throws a
 * ModuleError for bytes that are no module of version 1 with one memory of its own, or that needs more from the start.
 */
export function limitMemory(module: Uint8Array, bytes: number): Uint8Array<ArrayBuffer> {
  if (!MAGIC.every((byte, at) => module[at] === byte)) throw new ModuleError("is no WebAssembly module of version 1");
  const reader = new Reader(module, MAGIC.length);
  while (reader.at < module.length) {
    const start = reader.at;
    const id = reader.byte();
    const size = reader.number();
    const end = reader.at + size;
    if (end > module.length) throw new ModuleError("is cut off");
    if (id === MEMORY_SECTION) {
      const section = limitedSection(reader, Math.floor(bytes / PAGE_BYTES));
      return concat([module.subarray(0, start), section, module.subarray(end)]);
    }
    reader.at = end;
  }
  throw new ModuleError("has no memory of its own");
}

function limitedSection(reader: Reader, maxPages: number): Uint8Array {
  if (reader.number() !== 1) throw new ModuleError("must have one memory");
  const flags = reader.byte();
  if (flags > HAS_MAXIMUM) throw new ModuleError("has a memory that is shared or of 64 bits");
  const minimum = reader.number();
  if (minimum > maxPages) {
    throw new ModuleError(`needs ${minimum * PAGE_BYTES} bytes of memory, more than its limit allows`);
  }
  const maximum = flags === HAS_MAXIMUM ? Math.min(reader.number(), maxPages) : maxPages;
  const content = [1, HAS_MAXIMUM, ...encode(minimum), ...encode(maximum)];
  return Uint8Array.from([MEMORY_SECTION, ...encode(content.length), ...content]);
}

/** Numbers are written in LEB128. */
class Reader {
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new ModuleError("is cut off");
    return byte;
  }

  number(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new ModuleError("is damaged");
  }
}

function encode(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) + (rest >= 128 ? 128 : 0));
    if (rest < 128) return bytes;
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
