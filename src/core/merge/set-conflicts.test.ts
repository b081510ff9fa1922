import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CONFLICTS_PATH } from "./conflict-file.ts";
import { setConflicts } from "./set-conflicts.ts";
import { merged, pod, THREE } from "./testing/conflicting-files.ts";

const IMAGE = "spec.containers[name=web].image";
const PORT = "spec.containers[name=web].ports[containerPort=82].containerPort";

const head = "apiVersion: v1\nkind: Thing\nmetadata: {name: x}\n";
const thing = (value: string, name = "x") => `${head.replace("name: x", `name: ${name}`)}${value}`;

function set(settings: readonly string[], sides: readonly [string, string, string] = THREE, which = {}) {
  const files = merged(...sides);
  const result = setConflicts(files, settings, which);
  const changes = result?.kind === "set" ? result.result.changes : [];
  const after = new Map<string, string | null>([...files, ...changes]);
  return { result, text: after.get("pod.yaml"), list: after.get(CONFLICTS_PATH) };
}

const problemOf = (...args: Parameters<typeof set>) => {
  const { result } = set(...args);
  return result?.kind === "refused" ? result.problem : undefined;
};

describe("setConflicts", () => {
  it("sets a field to a value that no side has, and keeps the other conflicts", () => {
    const { text, list, result } = set([`${IMAGE}=a:9`]);
    expect(text).toBe(pod("a:9", 82, "three"));
    expect(result).toMatchObject({ result: { resolved: [{ field: IMAGE }], left: [], remaining: 2 } });
    expect(list).not.toContain("image");
    expect(list).toContain("app.kubernetes.io/name");
  });

  it("sets several fields at once, and removes the list with the last one", () => {
    const port = /field: (\S*containerPort)\n/.exec(merged(...THREE).get(CONFLICTS_PATH) ?? "")?.[1] ?? PORT;
    const label = 'metadata.labels["app.kubernetes.io/name"]';
    const { text, list } = set([`${IMAGE}=a:9`, `${port}=90`, `${label}=four`]);
    expect([text, list]).toEqual([pod("a:9", 90, "four"), null]);
  });

  it.each([
    ["3", " 3"],
    ['"3"', ' "3"'],
    ["web", " web"],
    ["1.10", " 1.10"],
    ["yes", " yes"],
    ["null", " null"],
    ['""', ' ""'],
    ["12345678901234567890", " 12345678901234567890"],
    ["0x1F", " 0x1F"],
    ["a=b", " a=b"],
    ["[]", " []"],
    ["{}", " {}"],
    ["'it''s'", " it's"],
    ["[1, two]", "\n- 1\n- two"],
    ["{b: 1, c: {d: x}}", "\n  b: 1\n  c:\n    d: x"],
    ["b: 1\nc: 2", "\n  b: 1\n  c: 2"],
    ["|\n  one\n  two", " |\n  one\n  two"],
  ])("reads the value %j as YAML", (value, written) => {
    const { text } = set([`a=${value}`], [thing("a: 1\n"), thing("a: 2\n"), thing("a: 4\n")]);
    expect(text).toBe(thing(`a:${written}\n`));
  });

  it("keeps the comment of the line", () => {
    const { text } = set(["a=3"], [thing("a: 1\n"), thing("a: 2\n"), thing("a: 4 # ours\n")]);
    expect(text).toBe(thing("a: 3 # ours\n"));
  });

  it.each([
    ["a=[1", "invalidValue"],
    ["a=", "invalidValue"],
    ["a=# nothing", "invalidValue"],
    ["a=1\n---\n2", "invalidValue"],
    ["a=&x [*x]", "invalidValue"],
    ["a=&x 1", "invalidValue"],
    ["a={b: 1, b: 2}", "invalidValue"],
    ["b=1", "unknown"],
    ["a.b=1", "unknown"],
    ["=1", "unknown"],
    ["", "unknown"],
  ])("refuses %j as %s, and changes nothing", (setting, kind) => {
    const sides = [thing("a: 1\n"), thing("a: 2\n"), thing("a: 3\n")] as const;
    expect(problemOf([setting], sides)).toMatchObject({ kind });
    expect(set(["a=4", setting], sides).text).toBe(sides[2]);
  });

  it("lists the conflicts that are open for a field that is not among them", () => {
    const open = [{ file: "pod.yaml", resource: "v1 Thing x", field: "a", kind: "field" }];
    const sides = [thing("a: 1\nb: 1\n"), thing("a: 2\nb: 2\n"), thing("a: 3\nb: 3\n")] as const;
    expect(problemOf(["b=1", "c=1"], sides)).toMatchObject({ kind: "unknown", open });
    expect(problemOf(["b=1", "b=2"], sides)).toMatchObject({ kind: "unknown", open });
  });

  it("asks which of several resources with a conflict of the field is meant", () => {
    const two = (value: string) => `${thing(value, "x")}---\n${thing(value, "y")}`;
    const sides = [two("a: 1\n"), two("a: 2\n"), two("a: 3\n")] as const;
    const open = [{ resource: "v1 Thing x" }, { resource: "v1 Thing y" }];
    expect(problemOf(["a=4"], sides)).toMatchObject({ kind: "ambiguous", field: "a", open });
    const { text, result } = set(["a=4"], sides, { file: "pod.yaml", resource: "v1 Thing y" });
    expect(text).toBe(`${thing("a: 3\n", "x")}---\n${thing("a: 4\n", "y")}`);
    expect(result).toMatchObject({ result: { remaining: 1 } });
  });

  it("resolves all conflicts of a text that was merged by lines", () => {
    const map = (...lines: readonly string[]) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  a: |\n${lines.map((one) => `    ${one}\n`).join("")}`;
    const sides = [
      map("a1", "b", "c", "d", "e1"),
      map("a2", "b", "c", "d", "e2"),
      map("a3", "b", "c", "d", "e3"),
    ] as const;
    const { text, list, result } = set(["data.a=|\n  whole\n  text\n"], sides);
    expect(result).toMatchObject({ result: { resolved: [{ field: "data.a" }, { field: "data.a" }], remaining: 0 } });
    expect([text, list]).toEqual([map("whole", "text"), null]);
  });

  it("sets data of a Secret, whose values the list does not have", () => {
    const secret = (value: string) => `apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData: {a: ${value}}\n`;
    const { text, list } = set(["stringData.a=four"], [secret("one"), secret("two"), secret("three")]);
    expect([text, list]).toEqual([secret("four"), null]);
  });

  it("does not set a field whose place is gone", () => {
    const files = new Map([...merged(...THREE), ["pod.yaml", thing("a: 1\n")] as const]);
    expect(setConflicts(files, [`${IMAGE}=a:9`], {})).toMatchObject({ kind: "refused", problem: { kind: "byHand" } });
  });

  it("says that there is nothing to resolve", () => {
    expect(setConflicts(new Map(), ["a=1"], {})).toBeUndefined();
    expect(setConflicts(new Map([[CONFLICTS_PATH, "conflicts: 1"]]), ["a=1"], {})).toBeUndefined();
  });

  it("never throws, whatever the setting is", () => {
    const part = fc.constantFrom(
      "a",
      ".b",
      "[name=x]",
      "=",
      "{",
      "}",
      "[",
      "]",
      "- ",
      ": ",
      "\n",
      '"',
      "&x",
      "*x",
      "!",
    );
    const setting = fc.array(part, { maxLength: 10 }).map((parts) => parts.join(""));
    const sides = [thing("a: {b: 1}\n"), thing("a: {b: 2}\n"), thing("a: {b: 3}\n")] as const;
    fc.assert(
      fc.property(
        fc.oneof(
          setting,
          setting.map((one) => `a.b=${one}`),
        ),
        (one) => {
          const { result } = set([one], sides);
          expect(["set", "refused"]).toContain(result?.kind);
        },
      ),
    );
  });
});
