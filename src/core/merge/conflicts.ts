import { isScalar } from "yaml";
import { toJson } from "../render/external/to-json.ts";
import { isKrmFile } from "../render/packages.ts";
import type { Meta } from "../render/resource.ts";
import type { Side, Three } from "./three.ts";

/**
 * What both sides have changed in different ways. The result has what the local side has.
 * - `field`: of a resource, or of a document that is none.
 * - `resource`: removed on one side, and changed on the other.
 * - `file`: one that holds no resources, as a whole.
 * - `lines`: of such a file, or of a text in a field.
 * - `location`: of a resource or file, which both sides have moved.
 */
export type ConflictKind = "field" | "resource" | "file" | "lines" | "location";

export interface MergeConflict {
  readonly kind: ConflictKind;
  /** In the result; of what is no longer there, in upstream. */
  readonly file: string;
  readonly resource?: ConflictResource;
  /** `spec.template.spec.containers[name=web].image` */
  readonly field?: string;
  /** From 1, in the result: where the local lines are. */
  readonly line?: number;
  /** JSON of the three values, text of lines, or paths; absent on a side that does not have it. */
  readonly values: Partial<Three<string>>;
  /** True if values are cut off. */
  readonly isCut?: boolean;
  /** True for the data of a Secret, and of YAML that cannot be read and may have one: the values are left out. */
  readonly isSecret?: boolean;
}

/** As the local side has it, else as upstream has it. */
export type ConflictResource = Pick<Meta, "apiVersion" | "kind" | "name"> & Partial<Pick<Meta, "namespace">>;

export interface ConflictLimits {
  /** Conflicts that are kept; others are counted. */
  readonly conflicts: number;
  /** Characters of one value. */
  readonly value: number;
}

/** Characters of the path of a field; a longer one is cut off. */
export const MAX_FIELD = 500;
const MAX_PATH = 1024;

/** What is in conflict, and where. */
export type ConflictPlace = Pick<MergeConflict, "kind" | "file" | "resource" | "field" | "line">;

export class ConflictLog {
  readonly conflicts: MergeConflict[] = [];
  /** All of them, those that were not kept among them. */
  count = 0;
  readonly #limits: ConflictLimits;

  constructor(limits: ConflictLimits) {
    this.#limits = limits;
  }

  /** @param values nodes of YAML, or texts, which are taken as they are; undefined where there is nothing */
  add(place: ConflictPlace, values: Three<unknown>): void {
    this.count++;
    if (this.conflicts.length >= this.#limits.conflicts) return;
    const { file, resource, field, ...rest } = place;
    const found = { ...rest, file: file.slice(0, MAX_PATH), ...(resource && { resource }) };
    const named = { ...found, ...(field !== undefined && { field: field.slice(0, MAX_FIELD) }) };
    const texts = Object.entries(values).flatMap(([side, value]) => {
      return value === undefined ? [] : [[side as Side, describe(value)] as const];
    });
    if (isSecretData(place) || texts.some(([, text]) => namesSecret(text))) {
      this.conflicts.push({ ...named, values: {}, isSecret: true });
      return;
    }
    const cut = texts.map(([side, text]) => [side, text.slice(0, this.#limits.value)] as const);
    const isCut = texts.some(([, { length }]) => length > this.#limits.value);
    this.conflicts.push({ ...named, values: Object.fromEntries(cut), ...(isCut && { isCut }) });
  }
}

/** True for JSON with a Secret in it, such as a list of objects. */
export function namesSecret(json: string): boolean {
  return json.includes('"kind":"Secret"');
}

/** A Secret as a whole, and each of its fields but those that say what it is. */
function isSecretData({ kind, file, resource, field = "" }: ConflictPlace): boolean {
  if (kind === "location") return false;
  if (resource === undefined) return kind !== "field" && isKrmFile(file);
  return isSecretField(resource.kind, field);
}

/** True for a field whose value is the data of a Secret, or may be. */
export function isSecretField(kind: string, field: string): boolean {
  if (kind !== "Secret") return /\[kind=Secret\b/.test(field);
  return !/^(?:apiVersion|kind|type|immutable|metadata)\b/.test(field);
}

function describe(value: unknown): string {
  if (typeof value === "string") return value;
  return isScalar(value) && value.value === undefined ? "null" : toJson(value);
}

const PLAIN_KEY = /^[A-Za-z_][-\w]*$/;

/** `spec` and `replicas` → `spec.replicas`; a key that is no word is in brackets and quotes. */
export function fieldBelow(path: string, key: string): string {
  if (!PLAIN_KEY.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
