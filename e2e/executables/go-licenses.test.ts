import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { STARLARK_DIR, WASI } from "../harness/go-programs.ts";
import { collectGoLicenses } from "./go-licenses.ts";

const hasGo = (() => {
  try {
    execFileSync("go", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasGo)(`collectGoLicenses${hasGo ? "" : ": there is no Go"}`, () => {
  it("has Go, and each module in the program with its text", async () => {
    const text = await collectGoLicenses(STARLARK_DIR, WASI);
    for (const module of ["go.starlark.net", "github.com/qri-io/starlib", "go.yaml.in/yaml/v2"]) {
      expect(text).toMatch(new RegExp(`^${module} v\\S+$`, "m"));
    }
    expect(text).toMatch(/^Go go1\.\d+/);
    expect(text).toContain("Redistribution and use in source and binary forms");
  });
});
