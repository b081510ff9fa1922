import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { ConflictLog, fieldBelow } from "./conflicts.ts";

const LIMITS = { conflicts: 2, value: 10 };
const secret = { apiVersion: "v1", kind: "Secret", name: "s" };

describe("ConflictLog", () => {
  it("keeps the first conflicts, and counts the others", () => {
    const log = new ConflictLog(LIMITS);
    for (const field of ["a", "b", "c"]) {
      log.add({ kind: "field", file: "a.yaml", field }, { base: undefined, upstream: "u", local: "l" });
    }
    expect(log.conflicts.map(({ field }) => field)).toEqual(["a", "b"]);
    expect(log.count).toBe(3);
  });

  it("cuts long values, and says so", () => {
    const log = new ConflictLog(LIMITS);
    log.add(
      { kind: "lines", file: "a.md", line: 1 },
      { base: "0123456789", upstream: "0123456789x", local: undefined },
    );
    expect(log.conflicts).toEqual([
      { kind: "lines", file: "a.md", line: 1, values: { base: "0123456789", upstream: "0123456789" }, isCut: true },
    ]);
  });

  it("writes nodes as JSON, and tells null from what is not there", () => {
    const log = new ConflictLog(LIMITS);
    const { contents } = parseDocument("{a: [1]}");
    log.add({ kind: "field", file: "a.yaml" }, { base: undefined, upstream: null, local: contents });
    expect(log.conflicts[0]?.values).toEqual({ upstream: "null", local: '{"a":[1]}' });
  });

  it.each([
    ["data.a", true],
    ["stringData", true],
    ["", true],
    ["metadata.labels.a", false],
    ["metadatas", true],
    ["type", false],
  ])("the field %j of a Secret", (field, isSecret) => {
    const log = new ConflictLog(LIMITS);
    const place = { kind: "field", file: "a.yaml", resource: secret, field } as const;
    log.add(place, { base: "b", upstream: "u", local: "l" });
    expect(log.conflicts[0]?.isSecret === true).toBe(isSecret);
    if (isSecret) expect(log.conflicts[0]?.values).toEqual({});
  });

  it("shows where both sides have moved a Secret", () => {
    const log = new ConflictLog(LIMITS);
    log.add({ kind: "location", file: "l", resource: secret }, { base: "b", upstream: "u", local: "l" });
    expect(log.conflicts[0]?.values).toEqual({ base: "b", upstream: "u", local: "l" });
  });

  it("hides the lines of YAML that cannot be read, which may be those of a Secret", () => {
    const log = new ConflictLog(LIMITS);
    log.add({ kind: "lines", file: "a.yaml", line: 1 }, { base: "b", upstream: "u", local: "l" });
    expect(log.conflicts[0]?.isSecret).toBe(true);
  });
});

describe("fieldBelow", () => {
  it.each([
    ["", "spec", "spec"],
    ["spec", "replicas", "spec.replicas"],
    ["data", "run.sh", 'data["run.sh"]'],
    ["", 'a"b', '["a\\"b"]'],
  ])("%j and %j", (path, key, result) => expect(fieldBelow(path, key)).toBe(result));
});
