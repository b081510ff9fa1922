import { describe, expect, it } from "vitest";
import { asRecorded, recordedNames } from "./recorded-names.ts";

describe("recordedNames", () => {
  it("are the lines of an annotation, in order", () => {
    expect(recordedNames("ann\nsystem:serviceaccount:a:b")).toEqual(["ann", "system:serviceaccount:a:b"]);
  });

  it("are none without a value, and never empty names", () => {
    expect([undefined, "", "\n", "ann\n\n"].map((value) => recordedNames(value))).toEqual([[], [], [], ["ann"]]);
  });

  it("hold a name with a line break as one name", () => {
    expect(recordedNames(asRecorded("mal\nlory\nx"))).toEqual(["mal lory x"]);
  });
});
