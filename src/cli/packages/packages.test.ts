import { describe, expect, it } from "vitest";
import { fieldSelector } from "../../kube/client/field-selector.ts";
import { candidate } from "../testing/candidates.ts";
import { previousOf } from "./siblings.ts";
import { parseTimeout } from "./timeout.ts";
import { withUser } from "./user-names.ts";

describe("fieldSelector", () => {
  it.each([
    [{}, undefined],
    [{ a: undefined }, undefined],
    [{ "spec.a": "b", c: undefined, d: "e" }, "spec.a=b,d=e"],
    [{ a: String.raw`x,y=z\ ` }, String.raw`a=x\,y\=z\\ `],
  ])("%j → %s", (fields, expected) => {
    expect(fieldSelector(fields)).toBe(expected);
  });
});

describe("withUser", () => {
  it.each([
    [undefined, "alice"],
    ["", "alice"],
    ["bob", "bob\nalice"],
    ["alice\nbob", "bob\nalice"],
    ["alice", "alice"],
  ])("%j", (names, expected) => {
    expect(withUser(names, "alice")).toBe(expected);
  });

  it("takes a name for one line", () => {
    expect(withUser("bob", "al\nice")).toBe("bob\nal ice");
  });
});

describe("previousOf", () => {
  const published = ["v1", "v2", "v10"].map((revision) =>
    candidate({ workspace: revision, revision, lifecycle: "published" }),
  );
  const draft = (base?: string) => ({
    ...candidate({ workspace: "next" }),
    status: { observedGeneration: 1, ...(base !== undefined && { base: { revision: base } }) },
  });

  it.each([
    ["v10", "v2"],
    ["v2", "v1"],
    ["v1", undefined],
  ])("before %s is %s", (revision, expected) => {
    const own = published.find((one) => one.status?.revision === revision);
    expect(own && previousOf(own, published)?.status?.revision).toBe(expected);
  });

  it.each([
    ["v1", "v1"],
    ["v3", undefined],
    [undefined, undefined],
  ])("a draft that began from %s is compared with %s", (base, expected) => {
    expect(previousOf(draft(base), published)?.status?.revision).toBe(expected);
  });
});

describe("parseTimeout", () => {
  it("takes Go durations", () => {
    expect(parseTimeout("1m30s")).toBe(90_000);
    for (const text of ["", "5", "soon", "0s", "-1s"]) expect(() => parseTimeout(text)).toThrow("--timeout");
  });
});
