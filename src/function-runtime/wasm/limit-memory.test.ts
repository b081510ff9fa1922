import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limitMemory, ModuleError } from "./limit-memory.ts";

const HEAD = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
/** A custom section before, and one after. */
const CUSTOM = [0, 2, 1, 0x78];
const module = (...memory: readonly number[]) => Uint8Array.from([...HEAD, ...CUSTOM, ...memory, ...CUSTOM]);
const PAGE = 65_536;

describe("limitMemory", () => {
  it("gives a memory without a maximum one", () => {
    expect([...limitMemory(module(5, 3, 1, 0, 2), 300 * PAGE)]).toEqual([...module(5, 5, 1, 1, 2, 0xac, 0x02)]);
  });

  it("keeps a smaller maximum, and lowers a larger one", () => {
    expect([...limitMemory(module(5, 4, 1, 1, 2, 3), 8 * PAGE)]).toEqual([...module(5, 4, 1, 1, 2, 3)]);
    expect([...limitMemory(module(5, 4, 1, 1, 2, 9), 8 * PAGE)]).toEqual([...module(5, 4, 1, 1, 2, 8)]);
  });

  it("ends with a module or a ModuleError for any bytes", () => {
    const damaged = fc
      .array(fc.tuple(fc.nat(30), fc.integer({ min: 0, max: 255 })), { maxLength: 4 })
      .map((changes) => {
        const bytes = module(5, 4, 1, 1, 2, 3);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), damaged), fc.nat(2 ** 32), (bytes, limit) => {
        try {
          expect(limitMemory(bytes, limit)).toBeInstanceOf(Uint8Array);
        } catch (error) {
          expect(error).toBeInstanceOf(ModuleError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["needs 131072 bytes of memory, more than its limit allows", module(5, 3, 1, 0, 2)],
    ["must have one memory", module(5, 1, 0)],
    ["must have one memory", module(5, 5, 2, 0, 1, 0, 1)],
    ["has a memory that is shared or of 64 bits", module(5, 4, 1, 3, 1, 1)],
    ["has a memory that is shared or of 64 bits", module(5, 3, 1, 4, 1)],
    ["has no memory of its own", module()],
    ["is cut off", module(5, 100, 1)],
    ["is cut off", Uint8Array.from([...HEAD, 5])],
    ["is damaged", Uint8Array.from([...HEAD, 5, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])],
    ["is no WebAssembly module of version 1", Uint8Array.from([0, 0x61, 0x73, 0x6d, 2, 0, 0, 0])],
    ["is no WebAssembly module of version 1", new Uint8Array()],
  ])("refuses a module that %s", (message, bytes) => {
    expect(() => limitMemory(bytes, PAGE)).toThrow(message);
  });
});
