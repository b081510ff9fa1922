import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, inject, it } from "vitest";
import { checkYaml } from "../../src/core/validation/yaml/check-yaml.ts";
import { KubectlError, kubectlAs } from "../harness/kubectl.ts";

const root = join(import.meta.dirname, "..", "..");
const HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n";
const LINE = /^(?:error: )?(error parsing|unable to decode) "?\S*\/(\d+)\.yaml"?: (.*)$/;
/** A fixed seed: the same texts in each run. */
const SAMPLE = { numRuns: 4000, seed: 20_26 };

/** Differences that are meant, or rare: what kubectl reads and the check reports, or the other way round. */
const DIFFERENCES: readonly { readonly text: RegExp; readonly ours: boolean; readonly why: string }[] = [
  { text: /\.\.\.\s*$/m, ours: true, why: "kubectl drops what follows the end of a document without a word" },
  { text: /^---[^\s]/m, ours: true, why: "kubectl ends a document at any line that begins with ---" },
  { text: /^---\s+\S/m, ours: true, why: "of a document that begins further right, kubectl reads the first value" },
  { text: /^---\s*[|>]/m, ours: false, why: "kubectl refuses text after ---, which begins a value in YAML" },
  { text: /[[{,:]\s*-\s*[,\]}]/, ours: true, why: "a lone - in brackets is a text for kubectl, and no valid YAML" },
  { text: /:\s*[,\]}]/, ours: true, why: "an unquoted text in brackets may end with : for kubectl, not in YAML" },
  { text: /[[{,]\s*\?\S/, ours: true, why: "a key in brackets that begins with ? needs a space in YAML" },
  { text: /^(?!apiVersion)/, ours: true, why: "kubectl reads only the first value of a text without an object" },
  { text: /^[|>]/, ours: false, why: "a text without an object, in a document that begins with | or >" },
  { text: /\n\t+[,\]}]/, ours: false, why: "a tab in front of a bracket or comma: YAML allows it" },
];

const word = fc.constantFrom(
  ...["a", "b1", "7", "null", "<<", "~", "0x1", "1:30", "true", "x y", "é", "2001-01-01", "1e3", "0o7", ".inf", "''"],
);
const sign = fc.constantFrom(
  ...["[", "]", "{", "}", ",", ": ", "? ", "- ", ":", "?", "-", "&c ", "*c ", "!t ", "!!set ", "!!str ", "'", '"'],
  ...["\\", "\\'", "|\n", ">-\n", "|+2\n", "# ", "#", " # c", "%x\n", "@", "`", "\n", "\r\n", " ", "  ", "    ", "\t"],
  ...["\uFEFF", "\u2028", "\u0085", "=", "...\n", "{{ ", " }}", '""', "\n  ", "\n- ", "\n    b: "],
);
const body = fc.array(fc.oneof(sign, word), { maxLength: 12 }).map((parts) => parts.join(""));
/** Texts around any tokens, in the places where values, keys, items and documents begin. */
const PLACES: readonly ((body: string) => string)[] = [
  (one) => `${HEAD}d: ${one}\n`,
  (one) => `${HEAD}d:\n  e: ${one}\n  f: 1\n`,
  (one) => `${HEAD}d: [1, ${one}]\n`,
  (one) => `${HEAD}d: {e: ${one}, f: 1}\n`,
  (one) => `${HEAD}d: "x"${one}\n`,
  (one) => `${HEAD}d: {}${one}\n`,
  (one) => `${HEAD}d:\n- ${one}\n- 1\n`,
  (one) => `${HEAD}${one}\n`,
  (one) => `${HEAD}d: |\n  ${one}\nf: 1\n`,
  (one) => `${HEAD}"${one}": 1\n`,
  (one) => `${HEAD}d: '${one}'\n`,
  (one) => `${HEAD}d: "${one}"\n`,
  (one) => `${HEAD}---${one}\n${HEAD}`,
  (one) => `${one}\n${HEAD}`,
];
const generated = fc.tuple(fc.constantFrom(...PLACES), body).map(([place, one]) => place(one));

interface Refused {
  /** What kubectl says of texts that are no YAML, by their places. */
  readonly parsing: ReadonlyMap<number, string>;
  /** Texts of which kubectl can read the first value alone, which is no object. */
  readonly decoding: ReadonlySet<number>;
}

/** One process reads all texts. */
async function refusedByKubectl(texts: readonly string[]): Promise<Refused> {
  const { dir } = inject("controlPlane");
  const folder = await mkdtemp(join(dir, "yaml-"));
  await Promise.all(texts.map((text, at) => writeFile(join(folder, `${at}.yaml`), text)));
  const kubectl = kubectlAs(inject("controlPlane"), "admin");
  const args = ["create", "--dry-run=client", "--validate=false", "--output=name", `--filename=${folder}`];
  const messages = await kubectl(...args).then(
    () => "",
    (error: unknown) => (error instanceof KubectlError ? error.stderr : Promise.reject(error)),
  );
  await rm(folder, { recursive: true });
  const [parsing, decoding] = [new Map<number, string>(), new Set<number>()];
  for (const line of messages.split("\n")) {
    const [, what, at, message = ""] = LINE.exec(line) ?? [];
    if (what === "error parsing") parsing.set(Number(at), message);
    // A text without `kind` was read.
    if (what === "unable to decode" && !message.startsWith("Object '")) decoding.add(Number(at));
  }
  return { parsing, decoding };
}

/** `[text, difference]` of each text that only one of the two can read, in a way that is not listed. */
async function unlisted(texts: readonly string[]): Promise<readonly (readonly [string, string])[]> {
  const refused = await refusedByKubectl(texts);
  return texts.flatMap((text, at) => {
    const [problem] = checkYaml(new TextEncoder().encode(text)).problems;
    const theirs = refused.parsing.get(at);
    const ours = problem !== undefined;
    if (ours === (theirs !== undefined) || (ours && refused.decoding.has(at))) return [];
    if (DIFFERENCES.some((one) => one.ours === ours && one.text.test(text))) return [];
    return [[text, ours ? `the check alone: ${problem.message}` : `kubectl alone: ${theirs}`] as const];
  });
}

describe("the check of YAML agrees with kubectl", () => {
  it("on texts of any tokens", async () => {
    expect(await unlisted(fc.sample(generated, SAMPLE))).toEqual([]);
  });

  it("on the manifests of this repository", async () => {
    const files = ["crds", "examples", "helm/pkgserver/files"].map(async (folder) => {
      const names = await readdir(join(root, folder), { recursive: true });
      return names.filter((name) => name.endsWith(".yaml")).map((name) => readFile(join(root, folder, name), "utf8"));
    });
    const texts = await Promise.all((await Promise.all(files)).flat());
    expect(texts.length).toBeGreaterThan(20);
    expect(await unlisted(texts)).toEqual([]);
  });

  it.for([
    ["a comment right after a mapping", "data: {}# c\n", true],
    ["a comment right after quotes", 'a: "x"# c\n', true],
    ["brackets that end at the margin", "a: [\n1,\n2\n]\nb: {\nc: 1\n}\n", true],
    ["quotes that go on at the margin", 'a: "x\ny"\n', true],
    ["an escaped apostrophe", `a: "don\\'t"\n`, true],
    ["a line of a tab", "a: 1\n\t\nb: 2\n", false],
    ["a question in brackets", "a: {b: really?, c: 1}\n", false],
    ["a number without end", "a: .inf\n", false],
    ["a tab at the beginning of a text", "a: |\n  \tx\n", false],
    ["a key of two lines in quotes", '"a\nb": 1\n', false],
    ["a line that ends with CR in a comment", "# x\ra: [\r", false],
    ["no base64", "a: !!binary =x\n", false],
    ["a text in base64", "a: !!binary YWJj\n", true],
  ] as const)("on %s", async ([, text, isRead]) => {
    const whole = `${HEAD}${text}`;
    expect([
      checkYaml(new TextEncoder().encode(whole)).count === 0,
      !(await refusedByKubectl([whole])).parsing.has(0),
    ]).toEqual([isRead, isRead]);
  });
});
