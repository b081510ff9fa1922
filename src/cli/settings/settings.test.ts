import { describe, expect, it } from "vitest";
import { aRevision } from "../../core/testing/observed.ts";
import { parseInputs } from "./inputs.ts";
import { planSettings, type Settings } from "./plan-settings.ts";
import { parseGates, parseLabels } from "./words.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const configMap = (name: string, more: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  ...more,
});

describe("parseLabels and parseGates", () => {
  it.each([
    [["tier=front", "trial-", "empty=", "a.b/c=d-"], { tier: "front", trial: null, empty: "", "a.b/c": "d-" }],
    [["a=1", "a=1"], { a: "1" }],
  ])("%j", (texts, expected) => {
    expect(Object.fromEntries(parseLabels(texts))).toEqual(expected);
  });

  it.each(["", "a", "=", "=b", "-", "a=b=c"])("refuses the label %j", (text) => {
    expect(() => parseLabels([text])).toThrow("is neither KEY=VALUE nor KEY-");
  });

  it("refuses what is to be set and removed", () => {
    expect(() => parseLabels(["a=1", "a-"])).toThrow('"a" is given twice');
    expect(() => parseGates(["x", "x-"])).toThrow('"x" is given twice');
    expect(() => parseGates(["-"])).toThrow("is neither TYPE nor TYPE-");
  });
});

describe("parseInputs", () => {
  it("reads the documents of a file as Kubernetes does", () => {
    const text =
      "apiVersion: v1\nkind: A\nmetadata: {name: a}\non: yes\n---\n---\napiVersion: b/v1\nkind: B\nmetadata: {name: b}\n";
    expect(parseInputs("f", bytes(text))).toEqual([
      { apiVersion: "v1", kind: "A", metadata: { name: "a" }, true: true },
      { apiVersion: "b/v1", kind: "B", metadata: { name: "b" } },
    ]);
  });

  it.each([
    ["a: [\n", /^f:\d+:\d+: /],
    ["", "f has no object"],
    ["- a\n", "f, document 1 is no object with apiVersion"],
    ["apiVersion: v1\nkind: A\n", "is no object with apiVersion, kind and metadata.name"],
    ["apiVersion: v1\nkind: A\nmetadata: {name: a}\nbig: 9007199254740993\n", "f, document 1.big is a number beyond"],
  ])("refuses %.40j", (text, message) => {
    expect(() => parseInputs("f", bytes(text))).toThrow(message);
  });
});

describe("planSettings", () => {
  const none: Settings = { labels: new Map(), gates: new Map(), inputs: [], removedInputs: [] };
  const plan = (spec: Parameters<typeof aRevision>[0], settings: Partial<Settings>) =>
    planSettings(aRevision(spec), { ...none, ...settings }, "alice");
  const changes = (...args: Parameters<typeof plan>) =>
    plan(...args).changes.map(({ kind, path }) => `${kind} ${path}`);

  it("changes only what differs", () => {
    const labels = { keep: "1", old: "1", "a/b": "1" };
    const wanted = parseLabels(["keep=1", "old=2", "a/b-", "absent-", "new=3"]);
    const { patch } = plan({ labels }, { labels: wanted });
    expect(patch.slice(-3)).toEqual([
      { op: "add", path: "/metadata/labels/old", value: "2" },
      { op: "remove", path: "/metadata/labels/a~1b" },
      { op: "add", path: "/metadata/labels/new", value: "3" },
    ]);
    expect(changes({ labels }, { labels: wanted })).toEqual([
      "changed label old=2",
      "removed label a/b",
      "added label new=3",
    ]);
    expect(changes({ labels }, { labels: parseLabels(["keep=1"]) })).toEqual([]);
  });

  it("removes from the end, so that the numbers before it stay, and names the user", () => {
    const readinessGates = ["a", "b", "c"].map((conditionType) => ({ conditionType }));
    const { patch } = plan({ spec: { readinessGates } }, { gates: parseGates(["a-", "c-", "b", "d"]) });
    expect(patch).toEqual([
      { op: "replace", path: "/metadata/resourceVersion", value: undefined },
      { op: "add", path: "/metadata/annotations", value: {} },
      { op: "add", path: "/metadata/annotations/pkg.pkgserver.dev~1changed-by", value: "alice" },
      { op: "remove", path: "/spec/readinessGates/2" },
      { op: "remove", path: "/spec/readinessGates/0" },
      { op: "add", path: "/spec/readinessGates/-", value: { conditionType: "d" } },
    ]);
  });

  it("replaces the input of the same kind and name, of any version", () => {
    const inputs = [configMap("a"), { ...configMap("b"), data: { n: 1 } }, configMap("c")];
    const next = { ...configMap("b"), apiVersion: "v2", data: { n: 2 } };
    const settings = { inputs: [next, configMap("c"), configMap("d")], removedInputs: ["ConfigMap/a"] };
    expect(changes({ spec: { inputs } }, settings)).toEqual([
      "changed input ConfigMap/b",
      "added input ConfigMap/d",
      "removed input ConfigMap/a",
    ]);
    expect(plan({ spec: { inputs } }, settings).patch.slice(-3)).toEqual([
      { op: "replace", path: "/spec/inputs/1", value: next },
      { op: "add", path: "/spec/inputs/-", value: configMap("d") },
      { op: "remove", path: "/spec/inputs/0" },
    ]);
  });

  it("refuses a name that no input has, or several", () => {
    const inputs = ["one", "two"].map((namespace) => ({ ...configMap("a"), metadata: { name: "a", namespace } }));
    const remove = (name: string) => () => plan({ spec: { inputs } }, { removedInputs: [name] });
    expect(remove("ConfigMap/b")).toThrow('there is no input "ConfigMap/b"');
    expect(remove("ConfigMap/a")).toThrow('"ConfigMap/a" is the name of 2 inputs');
    expect(remove("ConfigMap/two/a")().changes).toHaveLength(1);
  });
});
