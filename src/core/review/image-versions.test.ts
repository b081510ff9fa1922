import { describe, expect, it } from "vitest";
import { boundChange, isWhole } from "./bound-change.ts";
import { comparePackages } from "./compare-packages.ts";
import { compareFiles, type ReviewFile, type ReviewFiles } from "./file-pairs.ts";

const files = (entries: Readonly<Record<string, string | ReviewFile>>): ReviewFiles =>
  new Map(
    Object.entries(entries).map(([path, file]) => {
      return [path, typeof file === "string" ? new TextEncoder().encode(file) : file] as const;
    }),
  );

const DIGEST = `@sha256:${"a".repeat(64)}`;

function deployment(image: string, more = "", name = "web"): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  template:
    spec:
      containers:
        - name: web
          image: ${image}
${more}`;
}

const configMap = (value: string) => `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  image: ${value}
`;

const inNamespace = (text: string) => text.replace("metadata:\n", "metadata:\n  namespace: default\n");

type Files = Readonly<Record<string, string | ReviewFile>>;

function changeOf(before: Files, after: Files) {
  return comparePackages(files(before), files(after));
}

const WAS = { "web.yaml": deployment("example.com/web:1") };

describe("a change of nothing but image versions", () => {
  it.each<[string, Files, Files]>([
    ["another tag", WAS, { "web.yaml": deployment("example.com/web:2") }],
    ["a digest", WAS, { "web.yaml": deployment(`example.com/web:2${DIGEST}`) }],
    ["a tag of a short name", { "web.yaml": deployment("web:1") }, { "web.yaml": deployment("web") }],
    [
      "a tag of a registry with a port, in quotes",
      { "web.yaml": deployment('"example.com:5000/web:1"') },
      { "web.yaml": deployment('"example.com:5000/web:2"') },
    ],
    [
      "in one of several files",
      { ...WAS, "b.sh": "a" },
      { "web.yaml": deployment("example.com/web:2 # the newest").replace(" # the newest", ""), "b.sh": "a" },
    ],
  ])("is found: %s", (_, before, after) => {
    const change = changeOf(before, after);
    expect(change).toMatchObject({ isImageVersions: true, otherFileCount: 0, count: 0 });
    expect(isWhole(boundChange(change, undefined))).toBe(true);
  });

  it.each<[string, Files, Files]>([
    ["nothing", WAS, WAS],
    ["another registry", WAS, { "web.yaml": deployment("evil.example/web:1") }],
    ["another registry before the name", WAS, { "web.yaml": deployment("evil.example/example.com/web:1") }],
    ["another repository", WAS, { "web.yaml": deployment("example.com/web2:1") }],
    ["the name of Docker Hub", { "web.yaml": deployment("web:1") }, { "web.yaml": deployment("evil/web:1") }],
    [
      "the registry that a short name may stand for",
      { "web.yaml": deployment("docker.io/library/web:1") },
      { "web.yaml": deployment("web:1") },
    ],
    [
      "a short name with the registry it may stand for",
      { "web.yaml": deployment("acme/web:1") },
      { "web.yaml": deployment("docker.io/acme/web:2") },
    ],
    [
      "another name of Docker Hub",
      { "web.yaml": deployment("docker.io/acme/web:1") },
      { "web.yaml": deployment("registry-1.docker.io/acme/web:2") },
    ],
    ["a host with a port for a tag", { "web.yaml": deployment("web:1") }, { "web.yaml": deployment("web:2/x") }],
    ["no digest any more", { "web.yaml": deployment(`web:1${DIGEST}`) }, { "web.yaml": deployment("web:1") }],
    ["an image that is none", WAS, { "web.yaml": deployment("example.com/web:2@evil") }],
    ["another field", WAS, { "web.yaml": deployment("example.com/web:2", "          args: [a]\n") }],
    ["a comment", WAS, { "web.yaml": `# a\n${deployment("example.com/web:2")}` }],
    ["a comment of the line", WAS, { "web.yaml": deployment("example.com/web:2 # b") }],
    ["a new object", WAS, { "web.yaml": `${deployment("example.com/web:2")}---\n${configMap("a")}` }],
    ["a script as well", { ...WAS, "b.sh": "a" }, { "web.yaml": deployment("example.com/web:2"), "b.sh": "b" }],
    ["a new file", WAS, { "web.yaml": deployment("example.com/web:2"), "b.sh": "b" }],
    ["a renamed file", WAS, { "app.yaml": deployment("example.com/web:2") }],
    ["a link", WAS, { "web.yaml": { object: "1" } }],
    ["data of a ConfigMap", { "c.yaml": configMap("web:1") }, { "c.yaml": configMap("web:2") }],
    [
      "text of a ConfigMap",
      { "c.yaml": configMap("|\n    image: web:1") },
      { "c.yaml": configMap("|\n    image: web:2") },
    ],
    [
      "a document that is no object",
      { "web.yaml": `${deployment("web:1")}---\nimage: web:1\n` },
      { "web.yaml": `${deployment("web:2")}---\nimage: web:2\nx: 1\n` },
    ],
    ["values that are no object", { "values.yaml": "image: web:1\n" }, { "values.yaml": "image: web:2\n" }],
    ["a script with such a line", { "run.sh": "image: web:1\n" }, { "run.sh": "image: web:2\n" }],
    [
      "a document that is no object, with such a line",
      { "web.yaml": `${deployment("web:1")}---\nimage: web:1\n` },
      { "web.yaml": `${deployment("web:2")}---\nimage: web:2\n` },
    ],
    [
      "values beside an object",
      { ...WAS, "values.yaml": "image: web:1\n" },
      { "web.yaml": deployment("example.com/web:2"), "values.yaml": "image: web:2\n" },
    ],
    ["another name", WAS, { "web.yaml": deployment("example.com/web:2", "", "app") }],
  ])("is not found: %s", (_, before, after) => {
    expect(changeOf(before, after).isImageVersions).toBe(false);
  });
});

describe("files in which something differs beside the objects", () => {
  it.each<[string, Files, Files, number]>([
    ["objects alone", WAS, { "web.yaml": deployment("evil.example/web:1"), "c.yaml": configMap("a") }, 0],
    ["a script", { "b.sh": "a" }, { "b.sh": "b" }, 1],
    ["values", { "values.yaml": "a: 1\n" }, { "values.yaml": "a: 2\n" }, 1],
    ["a document beside", WAS, { "web.yaml": `${deployment("example.com/web:1")}---\na: 1\n` }, 1],
    ["an item of a list that is no object", WAS, { "web.yaml": "apiVersion: v1\nkind: List\nitems: [{a: 1}]\n" }, 1],
    [
      "an object that moved",
      { "a.yaml": `${configMap("a")}---\n${deployment("a:1")}`, "b.yaml": deployment("b:1", "", "b") },
      { "a.yaml": configMap("a"), "b.yaml": `${deployment("b:1", "", "b")}---\n${deployment("a:1")}` },
      2,
    ],
    ["a link", WAS, { "web.yaml": { object: "1" } }, 1],
    [
      "objects of one name that changed places, of which the last one counts",
      { "a.yaml": `${configMap("1")}---\n${configMap("2")}` },
      { "a.yaml": `${configMap("2")}---\n${configMap("1")}` },
      1,
    ],
    [
      "the same, where one namespace is not written",
      { "a.yaml": `${configMap("1")}---\n${inNamespace(configMap("2"))}` },
      { "a.yaml": `${inNamespace(configMap("2"))}---\n${configMap("1")}` },
      1,
    ],
    [
      "objects of other names that changed places",
      { "a.yaml": `${configMap("1")}---\n${deployment("a:1")}` },
      { "a.yaml": `${deployment("a:1")}---\n${configMap("1")}` },
      0,
    ],
  ])("are counted: %s", (_, before, after, count) => {
    expect(changeOf(before, after).otherFileCount).toBe(count);
  });
});

describe("isWhole", () => {
  const many = (length: number, value: string) =>
    Object.fromEntries(
      Array.from({ length }, (_, at) => [`${at}.yaml`, configMap(value).replace("settings", `s${at}`)]),
    );

  it.each<[string, Files, Files, boolean]>([
    ["a few objects", many(3, "a"), many(3, "b"), true],
    ["more objects than fit", many(2000, "a"), many(2000, "b"), false],
    ["more fields than fit", { "a.yaml": configMap("a") }, { "a.yaml": `${configMap("a")}${fields(30)}` }, false],
    ["a value that is cut off", { "a.yaml": configMap("a") }, { "a.yaml": configMap("b".repeat(1000)) }, false],
    ["a file that cannot be read", { "a.yaml": configMap("a") }, { "a.yaml": "a: [" }, false],
  ])("%s: %s", (_, before, after, expected) => {
    const pairs = compareFiles(files(before), files(after));
    expect(isWhole(boundChange(comparePackages(files(before), files(after), pairs), pairs))).toBe(expected);
  });
});

function fields(count: number): string {
  return Array.from({ length: count }, (_, at) => `  k${at}: v\n`).join("");
}
