import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isMap, parse, parseDocument } from "yaml";
import type { PackageRevID } from "../../api/v1alpha1/package-identity.ts";
import { moveContext, writeContext } from "./package-context.ts";

type ID = Omit<PackageRevID, "workspace">;

const BLUE: ID = { target: "catalog", repository: "blue", package: "dns" };
const EDGE: ID = { target: "edge1", repository: "deployments", realm: "net/core", package: "upf" };

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
/** The text after the move; undefined if it stays. */
const moved = (text: string, from: ID = BLUE, to: ID = EDGE) => {
  const bytes = moveContext(encode(text), from, to);
  return bytes && decode(bytes);
};

describe("writeContext", () => {
  it("names each package of all repositories and targets differently, and is for tools only", () => {
    const ids: readonly ID[] = [BLUE, EDGE, { ...EDGE, target: "edge2" }, { ...EDGE, package: "smf" }];
    const contexts = ids.map((id) => parse(decode(writeContext(id))));
    expect(contexts.map(({ metadata }) => metadata.name)).toEqual([
      "catalog.blue.dns.package-context",
      "edge1.deployments.net.core.upf.package-context",
      "edge2.deployments.net.core.upf.package-context",
      "edge1.deployments.net.core.smf.package-context",
    ]);
    for (const id of ids) expect(decode(writeContext(id))).toContain("+argocd:skip-file-rendering");
    for (const { metadata } of contexts)
      expect(metadata.annotations).toEqual({ "config.kubernetes.io/local-config": "true" });
  });
});

describe("moveContext", () => {
  it.each<[string, ID, ID]>([
    ["from a catalog to a target", BLUE, EDGE],
    ["from a catalog that is not named as the target", { repository: "blue", package: "dns" }, EDGE],
    ["out of a realm", EDGE, { ...BLUE, package: "other" }],
    ["to another target", EDGE, { ...EDGE, target: "edge2" }],
    ["to another name of YAML's own words", BLUE, { ...EDGE, package: "null", realm: "1.10" }],
  ])("makes of an unchanged file what a new package gets: %s", (_, from, to) => {
    expect(parse(decode(moveContext(writeContext(from), from, to)))).toEqual(parse(decode(writeContext(to))));
  });

  it("changes nothing but the values that it owns: comments, quotes, further keys and documents stay", () => {
    const context = (name: string, data: string) =>
      `# ours\nkind: ConfigMap\napiVersion: v1\nmetadata:\n    name: ${name} # the name\n` +
      `    annotations: {config.kubernetes.io/local-config: 'true'}\ndata:\r\n${data}---\na:   1\n`;
    expect(
      moved(
        context(
          "catalog.blue.dns.package-context",
          "    owner: team # me\r\n    package: 'dns' # p\r\n    target: catalog\r\n",
        ),
      ),
    ).toBe(
      context(
        "edge1.deployments.net.core.upf.package-context",
        "    owner: team # me\r\n    package: upf # p\r\n    realm: net/core\r\n    target: edge1\r\n",
      ),
    );
  });

  it("keeps the values that a user changed, and does not bring back a key that a user removed", () => {
    const text = (name: string, data: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, annotations: {config.kubernetes.io/local-config: "true"}}\n` +
      `data: ${data}\n`;
    expect(moved(text("mine", "{package: another, target: lab}"), { ...BLUE, realm: "r" })).toBeUndefined();
    expect(moved(text("mine", "{target: lab, package: dns}"))).toBe(
      text("mine", "{target: lab, package: upf, realm: net/core}"),
    );
  });

  it("removes the realm, wherever it is, for a package without one", () => {
    const from = { ...EDGE, realm: "r" };
    for (const keys of [
      ["realm: r", "package: upf", "x: 1"],
      ["package: upf", "realm: r", "x: 1"],
      ["package: upf", "x: 1", "realm: r"],
    ]) {
      const text = (lines: readonly string[]) =>
        `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: mine\n  annotations:\n` +
        `    config.kubernetes.io/local-config: "true"\ndata:\n${lines.map((one) => `  ${one}\n`).join("")}`;
      const after = moved(text(keys), from, { target: "edge1", repository: "deployments", package: "upf" });
      expect(after).toBe(text(keys.filter((one) => one !== "realm: r")));
    }
  });

  it("mends what was made with one name for all packages, and a clone that still names the catalog", () => {
    const old =
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: package-context\n  annotations:\n" +
      '    config.kubernetes.io/local-config: "true"\ndata:\n  package: upf\n  target: catalog\n';
    const to = { target: "edge2", repository: "deployments", package: "upf" };
    expect(parse(moved(old, { ...to, target: "edge1" }, to) ?? "")).toEqual(parse(decode(writeContext(to))));
  });

  it.each([
    [
      "is applied to clusters",
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: package-context}\ndata: {package: dns}\n",
    ],
    [
      "is another kind",
      "apiVersion: v1\nkind: Secret\nmetadata: {name: package-context, annotations: {config.kubernetes.io/local-config: 'true'}}\n",
    ],
    ["has no data", "apiVersion: v1\nkind: ConfigMap\nmetadata: 5\n"],
    ["is a list", "- a\n"],
    ["is empty", ""],
    ["is no YAML", "a: [\n"],
    ["nests deeply", `${"[".repeat(5000)}\n`],
    ["is large", `${"#".repeat(20_000)}\nkind: ConfigMap\n`],
    ["has an alias", "metadata: *x\n"],
  ])("leaves a file alone that %s", (_, text) => {
    expect(moved(text)).toBeUndefined();
  });

  it("makes YAML of YAML, whatever users wrote, and changes only what is there for the other package", () => {
    const key = fc.constantFrom("package", "realm", "target", "x", "? package\n ", "<<", "&a target", '"realm"');
    const value = fc.constantFrom(
      "dns",
      "net",
      "catalog",
      "'dns' # c",
      "|-\n    dns",
      "&b net",
      "",
      "{a: dns}",
      "~",
      "*a",
    );
    const entry = fc.tuple(key, value).map(([k, v]) => [k, v] as const);
    const names = fc.constantFrom("edge1", "null", "1.10", "a, b", "}", "#x", "yes");
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 5 }),
        fc.boolean(),
        names,
        fc.boolean(),
        (entries, isFlow, name, hasRealm) => {
          const data = isFlow
            ? ` {${entries.map(([k, v], at) => (at % 2 ? k : `${k}: ${v}`)).join(", ")}}\n`
            : `\n${entries.map(([k, v]) => `  ${k}: ${v}\n`).join("")}`;
          const text = `kind: ConfigMap\nmetadata: {name: a, annotations: {${"config.kubernetes.io/local-config"}: "true"}}\ndata:${data}`;
          const from = { ...BLUE, realm: "net" };
          const to = { target: name, repository: "r", package: name, ...(hasRealm && { realm: name }) };
          const after = moved(text, from, to);
          const options = { version: "1.1", uniqueKeys: false, merge: false } as const;
          if (after === undefined) return;
          const [left, right] = [parseDocument(text, options), parseDocument(after, options)];
          expect(right.errors).toEqual([]);
          const valuesOf = (document: typeof left) => {
            const map = document.get("data");
            return isMap(map) ? map.items.map((pair) => [String(pair.key), String(pair.value)]) : [];
          };
          const isOwnKey = ([k]: readonly string[]) => ["package", "realm", "target"].includes(k ?? "");
          expect(valuesOf(right).filter((one) => !isOwnKey(one))).toEqual(
            valuesOf(left).filter((one) => !isOwnKey(one)),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it("leaves bytes alone that are not UTF-8", () => {
    expect(moveContext(new Uint8Array([0xff, 0x61]), BLUE, EDGE)).toBeUndefined();
  });
});
