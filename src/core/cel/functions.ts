import { Environment, evaluate } from "@marcbachmann/cel-js";
import { compare } from "../identity/compare.ts";
import { CelError } from "./cel-error.ts";
import { find, findAll, matches } from "./patterns.ts";
import { isQuantity, Quantity, quantity } from "./quantity.ts";
import {
  charAt,
  checkSize,
  contains,
  indexOf,
  lastIndexOf,
  lowerAscii,
  replace,
  split,
  substring,
  upperAscii,
} from "./texts.ts";
import { describeType } from "./values.ts";

/** A text of a duration that is longer takes the library quadratic time. */
const MAX_DURATION_LENGTH = 100;

/** Functions and macros of the library that take linear time and give the same result everywhere. */
const FROM_LIBRARY: ReadonlySet<string> = new Set([
  ...["has", "all", "exists", "exists_one", "map", "filter", "bind"],
  ...["dyn", "type", "size", "bool", "bytes", "double", "int", "uint", "string", "timestamp"],
  ...["startsWith", "endsWith"],
  ...["trim", "hex", "base64"],
  ...["getDate", "getDayOfMonth", "getDayOfWeek", "getFullYear", "getMonth"],
  ...["getHours", "getMinutes", "getSeconds", "getMilliseconds"],
  ...["of", "none", "or", "orValue", "value", "hasValue"],
]);

/** The methods of times that may not take a time zone: what that gives depends on the machine. */
const TIME_METHOD = /^get[A-Z]/;

/** The type of quantities, as Kubernetes calls it. */
const QUANTITY = "kubernetes.Quantity";

/** Functions of our own; those that the library has as well are called by another name in the tree. */
const OWN_PREFIX = "own_";
const OWN: Readonly<Record<string, readonly (readonly [signature: string, handler: (...args: never[]) => unknown])[]>> =
  {
    matches: [["string.matches(string): bool", matches]],
    contains: [["string.contains(string): bool", contains]],
    find: [["string.find(string): string", find]],
    findAll: [["string.findAll(string): list<string>", findAll]],
    replace: [
      ["string.replace(string, string): string", replace],
      ["string.replace(string, string, int): string", replace],
    ],
    split: [
      ["string.split(string): list<string>", split],
      ["string.split(string, int): list<string>", split],
    ],
    lowerAscii: [["string.lowerAscii(): string", lowerAscii]],
    upperAscii: [["string.upperAscii(): string", upperAscii]],
    charAt: [["string.charAt(int): string", charAt]],
    substring: [
      ["string.substring(int): string", substring],
      ["string.substring(int, int): string", substring],
    ],
    indexOf: [
      ["string.indexOf(string): int", indexOf],
      ["string.indexOf(string, int): int", indexOf],
    ],
    lastIndexOf: [
      ["string.lastIndexOf(string): int", lastIndexOf],
      ["string.lastIndexOf(string, int): int", lastIndexOf],
    ],
    join: [
      ["list.join(): string", join],
      ["list.join(string): string", join],
    ],
    concat: [
      ["list.concat(string): string", concat],
      ["list.concat(list): list<dyn>", concatLists],
    ],
    listsconcat: [["list.listsconcat(list): list<dyn>", concatLists]],
    slice: [["list.slice(int, int): list<dyn>", slice]],
    reverse: [["list.reverse(): list<dyn>", (list: readonly unknown[]) => list.toReversed()]],
    isSorted: [["list.isSorted(): bool", isSorted]],
    sort: [["list.sort(): list<dyn>", sort]],
    distinct: [["list.distinct(): list<dyn>", distinct]],
    flatten: [["list.flatten(): list<dyn>", flatten]],
    sum: [["list.sum(): dyn", sum]],
    min: [["list.min(): dyn", (list: readonly unknown[]) => extreme(list, -1)]],
    max: [["list.max(): dyn", (list: readonly unknown[]) => extreme(list, 1)]],
    duration: [["duration(string): google.protobuf.Duration", duration]],
    quantity: ["string", "int", "double"].map((type) => [`quantity(${type}): ${QUANTITY}`, quantity]),
    isQuantity: ["string", "int", "double"].map((type) => [`isQuantity(${type}): bool`, isQuantity]),
    compareTo: [[`${QUANTITY}.compareTo(${QUANTITY}): int`, (a: Quantity, b: Quantity) => a.compareTo(b)]],
    isLessThan: [[`${QUANTITY}.isLessThan(${QUANTITY}): bool`, (a: Quantity, b: Quantity) => a.compareTo(b) < 0n]],
    isGreaterThan: [
      [`${QUANTITY}.isGreaterThan(${QUANTITY}): bool`, (a: Quantity, b: Quantity) => a.compareTo(b) > 0n],
    ],
    add: [[`${QUANTITY}.add(${QUANTITY}): ${QUANTITY}`, (a: Quantity, b: Quantity) => a.add(b)]],
    sub: [[`${QUANTITY}.sub(${QUANTITY}): ${QUANTITY}`, (a: Quantity, b: Quantity) => a.sub(b)]],
    isInteger: [[`${QUANTITY}.isInteger(): bool`, (a: Quantity) => a.isInteger]],
    asInteger: [[`${QUANTITY}.asInteger(): int`, (a: Quantity) => a.asInteger()]],
    asApproximateFloat: [[`${QUANTITY}.asApproximateFloat(): double`, (a: Quantity) => a.asApproximateFloat()]],
    sign: [[`sign(${QUANTITY}): int`, (a: Quantity) => a.sign()]],
  };

/** True for a name in the tree of a method that searches a text for another one. */
export function isTextSearch(name: string): boolean {
  return ["contains", "indexOf", "lastIndexOf", "split", "replace"].some((one) => name === `${OWN_PREFIX}${one}`);
}

/** True for a name in the tree of a method that searches a text for a pattern. */
export function isSearch(name: string): boolean {
  return ["matches", "find", "findAll"].some((one) => name === `${OWN_PREFIX}${one}`);
}

/** The name of a function in the tree; undefined for one that is not available. */
export function nameInTree(name: string, argumentCount: number): string | undefined {
  if (Object.hasOwn(OWN, name)) return `${OWN_PREFIX}${name}`;
  if (!FROM_LIBRARY.has(name) || (TIME_METHOD.test(name) && argumentCount > 0)) return undefined;
  return name;
}

/** A message of the library with the names that the author of the expression has used. */
export function withOwnNames(message: string): string {
  return message.replaceAll(OWN_PREFIX, "");
}

/** An environment with all functions, and no variables. */
export function createEnvironment(): Environment {
  const environment = new Environment({
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
    limits: { maxAstNodes: 2000, maxDepth: 50, maxListElements: 1000, maxMapEntries: 1000, maxCallArguments: 16 },
  });
  environment.registerType(QUANTITY, Quantity);
  environment.registerOperator(`${QUANTITY} == ${QUANTITY}`, (a: Quantity, b: Quantity) => a.compareTo(b) === 0n);
  for (const [name, overloads] of Object.entries(OWN)) {
    for (const [signature, handler] of overloads) {
      const own = signature.replace(`${name}(`, `${OWN_PREFIX}${name}(`);
      environment.registerFunction(own, handler as (...args: unknown[]) => unknown, { async: false });
    }
  }
  return environment;
}

function join(list: readonly unknown[], separator = ""): string {
  for (const item of list) {
    if (typeof item !== "string") {
      throw new CelError("evaluation", `join() takes a list of texts, and one is of type ${describeType(item)}`);
    }
  }
  return joinTexts(list as readonly string[], separator);
}

/** Joins texts, numbers and booleans. */
function concat(list: readonly unknown[], separator: string): string {
  const texts = list.map((item) => {
    if (typeof item === "object") {
      throw new CelError(
        "evaluation",
        `concat() takes texts, numbers and booleans, and one is of type ${describeType(item)}`,
      );
    }
    return String(item);
  });
  return joinTexts(texts, separator);
}

function joinTexts(texts: readonly string[], separator: string): string {
  checkSize(texts.reduce((size, text) => size + text.length + separator.length, 0));
  return texts.join(separator);
}

function concatLists(one: readonly unknown[], other: readonly unknown[]): readonly unknown[] {
  return [...one, ...other];
}

function slice(list: readonly unknown[], from: bigint, to: bigint): readonly unknown[] {
  if (from < 0n || to < from || to > BigInt(list.length)) {
    throw new CelError("evaluation", `slice(${from}, ${to}) is out of the range of a list of ${list.length}`);
  }
  return list.slice(Number(from), Number(to));
}

function sort(list: readonly unknown[]): readonly unknown[] {
  checkComparable(list);
  return list.toSorted((a, b) => compare(a as string, b as string));
}

function isSorted(list: readonly unknown[]): boolean {
  checkComparable(list);
  return list.every((item, index) => index === 0 || compare(list[index - 1] as string, item as string) <= 0);
}

function extreme(list: readonly unknown[], sign: 1 | -1): unknown {
  checkComparable(list);
  if (list.length === 0) throw new CelError("evaluation", "an empty list has no least and no greatest value");
  return list.reduce((best, item) => (compare(item as string, best as string) * sign > 0 ? item : best));
}

function sum(list: readonly unknown[]): unknown {
  checkComparable(list);
  if (list.some((item) => typeof item !== "bigint" && typeof item !== "number")) {
    throw new CelError("evaluation", "sum() takes a list of numbers");
  }
  if (list.every((item) => typeof item === "bigint")) return list.reduce((total: bigint, item) => total + item, 0n);
  return list.reduce((total: number, item) => total + Number(item), 0);
}

function checkComparable(list: readonly unknown[]): void {
  const types = new Set(list.map((item) => typeof item));
  if (types.size > 1 || types.has("object")) {
    throw new CelError("evaluation", "the items of the list must all be texts, all integers, or all doubles");
  }
}

function distinct(list: readonly unknown[]): readonly unknown[] {
  if (list.some((item) => typeof item === "object" && item !== null)) {
    throw new CelError("evaluation", "distinct() takes a list of texts, numbers and booleans");
  }
  return [...new Set(list)];
}

function flatten(list: readonly unknown[]): readonly unknown[] {
  return list.flat();
}

function duration(text: string): unknown {
  if (text.length > MAX_DURATION_LENGTH) throw new CelError("evaluation", "the text of a duration is too long");
  return evaluate("duration(text)", { text });
}
