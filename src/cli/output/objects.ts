import type { KubeObject, Resource } from "../../api/meta.ts";
import type { Context } from "../context.ts";
import { printable, printableLine, UNSAFE } from "./printable.ts";

export type ValueFormat = "json" | "yaml";
export type ObjectFormat = ValueFormat | "name";

/** The format of `--output`, if it prints objects and no table. */
export function objectFormat(output: string | undefined): ObjectFormat | undefined {
  return output === "name" ? output : valueFormat(output);
}

/** The format of `--output` of a command that prints a value, or texts for a person. */
export function valueFormat(output: string | undefined): ValueFormat | undefined {
  return output === "json" || output === "yaml" ? output : undefined;
}

/** Prints any value as JSON or YAML. */
export async function printValue(context: Context, value: unknown, format: ValueFormat): Promise<void> {
  if (format === "json") {
    context.print(escapeControls(JSON.stringify(value, null, 2)));
    return;
  }
  const { stringify } = await import("yaml");
  const text = stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd();
  context.print(context.stdout.isTTY === true ? printable(text) : text);
}

/** JSON of the same value, in which a terminal reads no commands: JSON itself escapes only some of them. */
function escapeControls(json: string): string {
  return json.replaceAll(UNSAFE, (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`);
}

/** Prints objects as kubectl does: one by itself if `single`, else a List. */
export async function printObjects(
  context: Context,
  resource: Resource,
  objects: readonly KubeObject[],
  { format, single }: { readonly format: ObjectFormat; readonly single: boolean },
): Promise<void> {
  if (format === "name") {
    for (const { metadata } of objects) context.print(printableLine(nameOf(resource, metadata.name ?? "")));
    return;
  }
  const [only] = objects;
  const shown = objects.map(withoutManagedFields);
  const value =
    single && only !== undefined && objects.length === 1
      ? shown[0]
      : { apiVersion: "v1", kind: "List", metadata: { resourceVersion: "" }, items: shown };
  await printValue(context, value, format);
}

/** `packagerevision.pkg.pkgserver.dev/NAME`, as `kubectl get -o name` prints it. */
export function nameOf({ kind, group }: Resource, name: string): string {
  return `${kind.toLowerCase()}.${group}/${name}`;
}

/** kubectl leaves them out as well, unless they are asked for. */
function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
