import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { compare } from "../../src/core/identity/compare.ts";
import { TOOLS } from "./tools.ts";

/** The releases of Kubernetes that have its APIs, deprecate and remove them; validation says so of an object. */
export const API_LIFECYCLES = join(
  import.meta.dirname,
  ...["..", "..", "src", "core", "validation", "schema", "api-lifecycles.json"],
);

/** Older code, for APIs that the newest has no more. The sums are those of a go.sum. */
const HISTORY = [
  ["v0.21.14", "h1:5P/Yv95EhpU7rzgLqaDkoA1JeJmZ1Gv02GJTj9Nm7EM="],
  ["v0.24.17", "h1:ILPpMleNDZbMJwopUBOVWtmCq3xBAj/4gJEUicy6QGs="],
  ["v0.32.13", "h1:CAtHUTtSau6UhSGcrypjKXc2365TncaxUtrIfnjUPGE="],
] as const;
const API = "k8s.io/api";
/** Modules with APIs, and the folder of these. */
const NEWEST = { [API]: "", "k8s.io/apiextensions-apiserver": "pkg/apis", "k8s.io/kube-aggregator": "pkg/apis" };

const GENERATED = "zz_generated.prerelease-lifecycle.go";
const METHOD = /^func \(in \*(\w+)\) APILifecycle(\w+)\(\) .*\n\treturn (.*)$/gm;
/** A struct, with the comments before it. */
const STRUCT = /((?:^(?:\/\/.*)?\n)+)^type (\w+) struct/gm;
const STABLE = /^v([0-9]+)$/;
const WIDTH = 120;

interface Lifecycle {
  introduced?: string;
  deprecated?: string;
  removed?: string;
  replacement?: string;
}

/** By `apiVersion/kind`. */
type Lifecycles = Map<string, Lifecycle>;

/** The text of `api-lifecycles.json`, from the Go modules of Kubernetes' APIs, which are downloaded. */
export async function renderApiLifecycles(): Promise<string> {
  const { version, moduleDir } = TOOLS["kube-apiserver"];
  const newest = version.replace(/^v1/, "v0");
  const sums = await readFile(join(moduleDir, "go.sum"), "utf8");
  const declared: Lifecycles = new Map();
  for (const [old, sum] of HISTORY) await readModule(await download(API, old, sum), declared);
  // Some alpha versions go before the release that the code names.
  const minor = version.split(".", 2).join(".").slice(1);
  for (const one of declared.values()) one.removed = earlierOf(one.removed, minor);
  for (const [path, folder] of Object.entries(NEWEST)) {
    const sum = sums.split("\n").find((line) => line.startsWith(`${path} ${newest} `));
    if (sum === undefined) throw new Error(`${moduleDir}/go.sum does not have ${path} ${newest}`);
    await readModule(join(await download(path, newest, sum.split(" ")[2] ?? ""), folder), declared);
  }
  const lines = [...declared.keys()]
    .toSorted(compare)
    .map((type) => `  ${JSON.stringify(type)}: ${print(type, declared)}`);
  return `{\n${lines.join(",\n")}\n}\n`;
}

function earlierOf(removed: string | undefined, minor: string): string {
  return removed !== undefined && compareReleases(removed, minor) < 0 ? removed : minor;
}

function compareReleases(a: string, b: string): number {
  return Number(a.split(".")[1]) - Number(b.split(".")[1]);
}

async function download(path: string, version: string, sum: string): Promise<string> {
  // Outside of a module. The sums are pinned, so that no database of them is asked.
  const options = { cwd: tmpdir(), env: { ...process.env, GOWORK: "off", GOSUMDB: "off" } };
  const { stdout } = await promisify(execFile)("go", ["mod", "download", "-json", `${path}@${version}`], options);
  const { Dir, Sum } = JSON.parse(stdout) as { readonly Dir: string; readonly Sum: string };
  if (Sum !== sum) throw new Error(`${path} ${version} has the sum ${Sum}, and ${sum} is pinned`);
  return Dir;
}

/** Adds the kinds of a module; a newer module replaces what an older one says. */
async function readModule(root: string, declared: Lifecycles): Promise<void> {
  const files = await readdir(root, { recursive: true });
  for (const file of files.filter((one) => one.endsWith(`/${GENERATED}`)).toSorted(compare)) {
    const folder = join(root, dirname(file));
    const sources = (await readdir(folder)).filter((name) => /^types.*\.go$/.test(name));
    const texts = await Promise.all(sources.map((name) => readFile(join(folder, name), "utf8")));
    const [, group = ""] = /GroupName\s*=\s*"(.*)"/.exec(await readFile(join(folder, "register.go"), "utf8")) ?? [];
    const apiVersion = apiVersionOf(group, file.split("/").at(-2) ?? "");
    const found = readLifecycles(await readFile(join(folder, GENERATED), "utf8"));
    for (const kind of texts.flatMap(servedKinds)) {
      const lifecycle = found.get(kind);
      if (lifecycle !== undefined) declared.set(`${apiVersion}/${kind}`, lifecycle);
    }
  }
}

/** The kinds that clients have: no lists, no options of subresources, and what is inside of others. */
function servedKinds(source: string): readonly string[] {
  const structs = [...source.matchAll(STRUCT)];
  return structs.flatMap(([, comments = "", kind = ""]) =>
    /\+genclient\s*$/m.test(comments) && !comments.includes("+genclient:noVerbs") ? [kind] : [],
  );
}

function readLifecycles(generated: string): ReadonlyMap<string, Lifecycle> {
  const found = new Map<string, Lifecycle>();
  for (const [, kind = "", what = "", value = ""] of generated.matchAll(METHOD)) {
    const lifecycle = found.get(kind) ?? {};
    found.set(kind, lifecycle);
    const release = value.replaceAll(", ", ".");
    if (what === "Introduced") lifecycle.introduced = release;
    else if (what === "Deprecated") lifecycle.deprecated = release;
    else if (what === "Removed") lifecycle.removed = release;
    else if (what === "Replacement") {
      // Its kind is wrong in places: that of the list.
      const [, group = "", version = ""] = /Group: "(.*?)", Version: "(.*?)"/.exec(value) ?? [];
      lifecycle.replacement = apiVersionOf(group, version);
    }
  }
  return found;
}

function apiVersionOf(group: string, version: string): string {
  return group === "" ? version : `${group}/${version}`;
}

function print(type: string, declared: Lifecycles): string {
  const { introduced, deprecated, removed } = declared.get(type) ?? {};
  const replacement = removed === undefined ? undefined : replacementOf(type, declared);
  const entries = Object.entries({ introduced, deprecated, removed, replacement })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  const line = `{ ${entries.join(", ")} }`;
  const isLong = `  ${JSON.stringify(type)}: ${line},`.length > WIDTH;
  return isLong ? `{\n    ${entries.join(",\n    ")}\n  }` : line;
}

/**
 * What stays: the stable version of the group, which the code does not name for most versions, or that of the
 * replacement that it names. Undefined if there is none.
 */
function replacementOf(type: string, declared: Lifecycles): string | undefined {
  const [, apiVersion = "", kind = ""] = /^(.*)\/(.*?)$/.exec(type) ?? [];
  const stable = stableVersion(apiVersion, kind, declared);
  if (stable !== undefined) return stable;
  const named = declared.get(type)?.replacement;
  if (named === undefined || named === apiVersion) return undefined;
  const isKept = declared.get(`${named}/${kind}`)?.removed === undefined;
  return isKept ? named : replacementOf(`${named}/${kind}`, declared);
}

function stableVersion(apiVersion: string, kind: string, declared: Lifecycles): string | undefined {
  const group = apiVersion.includes("/") ? `${apiVersion.slice(0, apiVersion.indexOf("/"))}/` : "";
  const versions = [...declared].flatMap(([type, { removed }]) => {
    const isOfKind = removed === undefined && type.startsWith(group) && type.endsWith(`/${kind}`);
    const [, major] = STABLE.exec(isOfKind ? type.slice(group.length, -kind.length - 1) : "") ?? [];
    return major === undefined ? [] : [Number(major)];
  });
  return versions.length === 0 ? undefined : `${group}v${Math.max(...versions)}`;
}
