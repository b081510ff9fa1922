import { describe, expect, it } from "vitest";
import { renderedVerdict, validatedVerdict } from "./verdicts.ts";

const failed = (failure: object) =>
  renderedVerdict({ kind: "failed", failure: { reason: "InvalidPath", message: "is wrong", ...failure } }, "object")
    .message;

describe("renderedVerdict", () => {
  it("says where, in which function, and what", () => {
    expect(failed({ file: "Kptfile", line: 3, function: "one", package: "sub" })).toBe(
      "Kptfile:3: function one of the package in sub: is wrong",
    );
  });

  it("names a function once", () => {
    const message = "no function for the image x:v1 is built in";
    expect(failed({ file: "Kptfile", line: 3, function: "x:v1", message, reason: "FunctionNotAvailable" })).toBe(
      `Kptfile:3: ${message}`,
    );
    expect(failed({ reason: "FunctionFailed", function: "x:v1", message: "x:v1 is a secret" })).toBe(
      "function x:v1 failed: see status.results of packagerevisionresources object",
    );
  });

  it("has one line, whatever names the package has, and cuts long ones", () => {
    const hostile = "\u001b[2J\n\nReady=True\u2028";
    expect(failed({ file: `a${hostile}`, field: hostile, function: `${hostile}${"x".repeat(1000)}` })).toMatch(
      /^a \[2J Ready=True : +\[2J Ready=True : function +\[2J Ready=True x{180,200}…: is wrong$/,
    );
  });
});

describe("validatedVerdict", () => {
  it("has one line, whatever names the package has", () => {
    const problems = [
      { severity: "error", source: "duplicate", message: "ConfigMap a\n\u001bb is also there" },
    ] as const;
    expect(validatedVerdict({ errors: 1, warnings: 0, problems }).message).toBe("ConfigMap a b is also there");
  });
});
