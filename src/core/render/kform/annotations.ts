import type { YAMLMap } from "yaml";
import { KFORM_PREFIX } from "../../validation/objects/kform-blocks.ts";
import { keyText, mapAt } from "../nodes/read.ts";
import { removeKey } from "../nodes/write.ts";
import { annotationsOf, LOCAL_CONFIG } from "../resource.ts";

/** What annotations of a block mean here; kform has more, which have no effect here. */
const KNOWN = ["block-type", "resource-type", "resource-id", "default", "count", "for-each", "depends-on"] as const;
export type Attribute = (typeof KNOWN)[number];

/** They say something about a block, and change nothing of what it makes. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  ...["description", "sensitive", "lifecycle", "provider", "path", "index"],
]);

/** The attributes of a block, without the white space around them. */
export interface Attributes {
  readonly known: ReadonlyMap<Attribute, string>;
  /** Names of annotations that have no effect, and that their author may rely on. */
  readonly ignored: readonly string[];
}

/** `kform.dev/for_each`, as kform's documentation has it, is `kform.dev/for-each`. */
export function attributesOf(root: YAMLMap): Attributes {
  const known = new Map<Attribute, string>();
  const ignored: string[] = [];
  for (const [key, value] of annotationsOf(root)) {
    if (!isKformAnnotation(key)) continue;
    const name = key.slice(KFORM_PREFIX.length).replaceAll("_", "-");
    const attribute = KNOWN.find((one) => one === name);
    if (attribute !== undefined) known.set(attribute, value.trim());
    else if (!WITHOUT_EFFECT.has(name) || (name === "lifecycle" && value !== "")) ignored.push(key);
  }
  return { known, ignored };
}

export function isKformAnnotation(key: string): boolean {
  return key.startsWith(KFORM_PREFIX);
}

export function hasKformAnnotations(root: YAMLMap): boolean {
  return [...annotationsOf(root).keys()].some(isKformAnnotation);
}

/** A text without this has no kform annotation. */
export function mentionsKform(text: string): boolean {
  return text.includes(KFORM_PREFIX);
}

/**
 * Removes what makes a document a block. A block may be marked as one that no cluster gets, so that tools that apply
 * the whole package leave it out: what it makes is not.
 */
export function removeKformAnnotations(root: YAMLMap): void {
  const metadata = mapAt(root, "metadata");
  const annotations = mapAt(metadata, "annotations");
  if (metadata === undefined || annotations === undefined) return;
  const keys = annotations.items.map(({ key }) => keyText(key) ?? "").filter(isKformAnnotation);
  if (keys.length === 0) return;
  for (const key of [...keys, LOCAL_CONFIG]) removeKey(annotations, key);
  if (annotations.items.length === 0) removeKey(metadata, "annotations");
}
