import { describe, expect, it } from "vitest";
import { runFileCheck } from "../file-check.ts";
import { FILE_CHECKS } from "./registry.ts";

describe("FILE_CHECKS", () => {
  it("has unique names, and CamelCase reasons", () => {
    const names = FILE_CHECKS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { reason } of FILE_CHECKS) expect(reason).toMatch(/^([A-Z][A-Za-z]*)$/);
  });

  it.each(FILE_CHECKS)("$name runs by its name, and accepts any bytes", ({ name }) => {
    for (const bytes of [new Uint8Array(), new Uint8Array([0xff, 0x00]), new TextEncoder().encode("a: 1\n")])
      expect(runFileCheck(FILE_CHECKS, { check: name, bytes }).count).toBeTypeOf("number");
  });

  it("rejects a name that is not registered", () => {
    const call = { check: "unknown", bytes: new Uint8Array() };
    expect(() => runFileCheck(FILE_CHECKS, call)).toThrow("no file check is called unknown");
  });
});
