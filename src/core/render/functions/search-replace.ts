import { isScalar, isSeq, type Node, Scalar } from "yaml";
import { compileGlobPath } from "../doublestar.ts";
import type { Budget } from "../limits.ts";
import { setText } from "../nodes/plain.ts";
import { pairOf, scalarText } from "../nodes/read.ts";
import { walk } from "../nodes/walk.ts";
import { ensureMap, setNode } from "../nodes/write.ts";
import { compilePathExpression, isPlainPath } from "../path-expression.ts";
import { InvalidPattern, meteredPattern, type SpendSteps } from "../regexp.ts";
import type { Resource } from "../resource.ts";
import { dataOf } from "./config.ts";
import { type FunctionCall, FunctionError, type KrmFunction } from "./function.ts";

/** Finds fields by their values, paths and files; sets their values and comments. */
export const searchReplace: KrmFunction = { name: "search-replace", version: 2, run };

const KEYS = ["by-value", "by-file-path", "by-value-regex", "by-path", "put-value", "put-comment"] as const;
type Settings = Readonly<Record<(typeof KEYS)[number], string>>;

/** Characters that count as one value. */
const CHARACTERS = 64;

/** What a field is to match, and what becomes of it. */
interface Search {
  readonly settings: Settings;
  readonly matchesFile: (path: string) => boolean;
  readonly matchesPath: (path: string) => boolean;
  readonly matchesValue: (value: string) => boolean;
  /** The groups of the regular expression in a value. */
  readonly groupsOf: (value: string) => readonly string[];
  readonly budget: Budget;
}

function run({ items, config, report, budget }: FunctionCall): void {
  const settings = readSettings(config === undefined ? new Map() : dataOf(config));
  const search = compileSearch(settings, budget);
  const isPut = settings["put-value"] + settings["put-comment"] !== "";
  let count = 0;
  for (const resource of items) {
    if (!search.matchesFile(resource.path ?? "")) continue;
    const onFound = (field: string, value: string) => {
      count++;
      budget.spend(1 + value.length / CHARACTERS);
      const message = `${isPut ? "Mutated field value to" : "Matched field value"} ${JSON.stringify(value)}`;
      report({ severity: "info", message, resource, field });
    };
    if (isDirect(settings)) putAt(resource, settings, onFound);
    else searchIn(resource, search, onFound);
  }
  if (count === 0) report({ severity: "info", message: "no matches" });
}

type OnFound = (field: string, value: string) => void;

function readSettings(data: ReadonlyMap<string, string>): Settings {
  for (const key of data.keys()) {
    if (KEYS.includes(key as keyof Settings)) continue;
    const message = `invalid matcher ${JSON.stringify(key.slice(0, 100))}, must be one of ${KEYS.join(", ")}`;
    throw new FunctionError(message, { field: key });
  }
  const settings = Object.fromEntries(KEYS.map((key) => [key, data.get(key) ?? ""])) as Settings;
  if (settings["by-value"] !== "" && settings["by-value-regex"] !== "") {
    throw new FunctionError("only one of by-value and by-value-regex can be provided", { field: "by-value" });
  }
  if (/[\n\r]/.test(settings["put-comment"])) {
    throw new FunctionError("takes a comment of one line", { field: "put-comment" });
  }
  return settings;
}

function compileSearch(settings: Settings, budget: Budget): Search {
  const compile = <T>(key: keyof Settings, to: (pattern: string, spend: SpendSteps) => T): T | undefined =>
    settings[key] === "" ? undefined : withPlace(key, () => to(settings[key], budget.match));
  const find = compile("by-value-regex", meteredPattern);
  return {
    settings,
    budget,
    matchesFile: compile("by-file-path", compileGlobPath) ?? (() => true),
    matchesPath: compile("by-path", compilePathExpression) ?? (() => false),
    matchesValue: (value) =>
      find === undefined ? settings["by-value"] !== "" && settings["by-value"] === value : find(value).find(),
    groupsOf: (value) => {
      const matcher = find?.(value);
      if (matcher === undefined || !matcher.find()) return [];
      return Array.from({ length: matcher.groupCount() }, (_, at) => matcher.group(at + 1) ?? "");
    },
  };
}

function withPlace<T>(field: keyof Settings, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof InvalidPattern)) throw error;
    throw new FunctionError(error.message, { field });
  }
}

/** True if the path is that of one field, which is made if it is missing. */
function isDirect(settings: Settings): boolean {
  const path = settings["by-path"];
  const isByPathOnly = settings["by-value"] + settings["by-value-regex"] === "";
  return isPlainPath(path) && !path.includes("[") && isByPathOnly && settings["put-value"] !== "";
}

function putAt(resource: Resource, settings: Settings, onFound: OnFound): void {
  const path = settings["by-path"].split(".");
  const key = path.pop() ?? "";
  const parent = ensureMap(resource.root, ...path);
  if (parent === undefined) {
    throw new FunctionError(`cannot make ${settings["by-path"]}: another value is in the way`, { resource });
  }
  const known: unknown = pairOf(parent, key)?.value;
  const node = isScalar(known) ? known : new Scalar(null);
  // As for kpt, the value is what it is without quotes.
  node.type = "PLAIN";
  setText(node, settings["put-value"]);
  if (node !== known) setNode(parent, key, node);
  onFound(settings["by-path"], settings["put-value"]);
}

function searchIn(resource: Resource, search: Search, onFound: OnFound): void {
  const { settings, matchesPath, matchesValue } = search;
  const isByPathOnly = settings["by-value"] + settings["by-value-regex"] === "";
  const comment = settings["put-comment"];
  walk(resource.root, {
    entry: ({ value }, path) => {
      if (comment === "" || !isSeq(value) || value.items.length === 0 || !matchesPath(path)) return;
      value.flow = false;
      value.comment = null;
      value.commentBefore = commentText(comment);
      onFound(path, comment);
    },
    scalar: (node, path) => {
      const value = scalarText(node) ?? "";
      const isMatch = isByPathOnly
        ? matchesPath(path)
        : matchesValue(value) && (settings["by-path"] === "" || matchesPath(path));
      if (isMatch) put(node, value, search, { resource, node, field: path }, onFound);
    },
  });
}

function put(
  node: Scalar,
  value: string,
  search: Search,
  place: { readonly resource: Resource; readonly node: Node; readonly field: string },
  onFound: OnFound,
): void {
  const { settings } = search;
  if (settings["put-comment"] !== "") {
    const comment = fill(settings["put-comment"], value, search, place);
    if (/[\n\r]/.test(comment)) throw new FunctionError("takes a comment of one line", place);
    node.comment = commentText(comment);
  }
  const text = settings["put-value"] === "" ? value : fill(settings["put-value"], value, search, place);
  if (settings["put-value"] !== "") setText(node, text);
  onFound(place.field, text);
}

/** Replaces `${1}` by the first group, and so on; without a regular expression the text is taken as it is. */
function fill(
  text: string,
  value: string,
  { settings, groupsOf, budget }: Search,
  place: FunctionError["place"],
): string {
  if (settings["by-value-regex"] === "") return text;
  const groups = groupsOf(value);
  return text.replaceAll(/\$\{(\d+)\}/g, (_, digits: string) => {
    const group = groups[Number(digits) - 1];
    if (group === undefined) throw new FunctionError("unable to resolve capture groups", place);
    budget.spend(group.length / CHARACTERS);
    return group;
  });
}

function commentText(comment: string): string {
  return comment.startsWith("#") ? comment.slice(1) : ` ${comment}`;
}
