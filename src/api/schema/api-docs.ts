import type { Column, KindDefinition } from "./kind.ts";
import { wrap } from "./markdown.ts";
import { type StructuralSchema, toStructuralSchema } from "./structural.ts";

const HEADER = `<!-- Generated from src/api by \`make manifests\`: edit there. -->

# The API

Every kind, with its fields, validation and columns. The words are in [glossary.md](glossary.md),
the conditions' reasons in [troubleshooting.md](troubleshooting.md). A rule is evaluated by the API
server; its text is the message that a refused request gets. The admission policies in
\`helm/pkgserver/files/policies\` add rules that need to know the requester.
`;

interface Field {
  /** From the object's root, such as `spec.git.url`; `[]` and `{}` are an entry of a list and of a map. */
  readonly path: string;
  readonly schema: StructuralSchema;
  readonly isRequired: boolean;
}

/** Renders docs/api.md. Throws an Error for a schema that has no structural form. */
export function renderApiDocs(kinds: readonly KindDefinition[]): string {
  const contents = kinds.map(({ kind }) => `- [${kind}](#${kind.toLowerCase()})`).join("\n");
  return [HEADER, `${contents}\n`, ...kinds.map(renderKind)].join("\n");
}

function renderKind(kind: KindDefinition): string {
  const { group, version, plural, shortNames } = kind;
  const spec = toStructuralSchema(kind.spec, ".spec");
  const status = { default: kind.statusDefault, ...toStructuralSchema(kind.status, ".status") };
  return [
    `## ${kind.kind}\n`,
    `${wrap(escapeText(kind.description))}\n`,
    item(`apiVersion \`${group}/${version}\`, namespaced`),
    item(`resource \`${plural}\`, short name ${shortNames.map(code).join(", ")}, category \`pkg\``),
    ...kind.rules.map((rule) => item(`rule${ruleField(rule.fieldPath)}: ${escapeText(rule.message)}`)),
    "\n### Spec\n",
    ...fieldsOf({ path: "spec", schema: spec, isRequired: true }).map(renderField),
    "\n### Status\n",
    ...fieldsOf({ path: "status", schema: status, isRequired: false }).map(renderField),
    "\n### Columns\n",
    "Of `kubectl get`; those marked wide show with `--output=wide`.\n",
    ...kind.columns.map(renderColumn),
    ...renderSelectable(kind.selectable),
    "",
  ].join("\n");
}

function ruleField(path: string | undefined): string {
  return path === undefined ? "" : ` on ${code(path.replace(/^\./, ""))}`;
}

/** The field and those below it, each before its own children. */
function fieldsOf(field: Field): readonly Field[] {
  const { path, schema } = field;
  const required = (schema.required ?? []) as readonly string[];
  const properties = Object.entries((schema.properties ?? {}) as Record<string, StructuralSchema>);
  const items = schema.items as StructuralSchema | undefined;
  return [
    field,
    ...properties.flatMap(([name, child]) =>
      fieldsOf({ path: `${path}.${name}`, schema: child, isRequired: required.includes(name) }),
    ),
    // An entry that is a plain value is described with its list.
    ...(items === undefined || items.type !== "object"
      ? []
      : fieldsOf({ path: `${path}[]`, schema: items, isRequired: false }).slice(isPlain(items) ? 0 : 1)),
  ];
}

/** Without fields of its own, so that its description would be lost with it. */
function isPlain(schema: StructuralSchema): boolean {
  return schema.properties === undefined;
}

function renderField({ path, schema, isRequired }: Field): string {
  const head = `**${code(path)}** ${typeOf(schema)}${isRequired ? ", required" : ""}`;
  const description = typeof schema.description === "string" ? `. ${escapeText(schema.description)}` : "";
  const items = schema.items as StructuralSchema | undefined;
  const notes = [...constraintsOf(schema), ...(items === undefined ? [] : entryNotes(items))];
  return [item(`${head}${description}`), ...notes.map((note) => item(note, 1))].join("\n");
}

function typeOf(schema: StructuralSchema): string {
  if (schema.type === "array") return `list of ${typeOf(schema.items as StructuralSchema)}s`;
  const values = schema.additionalProperties;
  if (typeof values === "object" && values !== null) return `map of string to ${typeOf(values as StructuralSchema)}`;
  return schema.format === undefined ? String(schema.type) : `${schema.type} (${schema.format})`;
}

/** What an entry must be, where it has no fields that say so. */
function entryNotes(items: StructuralSchema): readonly string[] {
  if (items.type === "object") return [];
  const description = typeof items.description === "string" ? [`each: ${escapeText(items.description)}`] : [];
  return [...description, ...constraintsOf(items).map((note) => `each: ${note}`)];
}

interface Rule {
  readonly rule: string;
  readonly message?: string;
}

function constraintsOf(schema: StructuralSchema): readonly string[] {
  const values = schema.enum as readonly unknown[] | undefined;
  const keys = schema["x-kubernetes-list-map-keys"] as readonly string[] | undefined;
  const rules = (schema["x-kubernetes-validations"] ?? []) as readonly Rule[];
  return [
    ...(values === undefined ? [] : [`one of ${values.map((value) => code(String(value))).join(", ")}`]),
    ...(schema.default === undefined ? [] : [`default ${code(JSON.stringify(schema.default))}`]),
    ...rangeOf(schema.minimum, schema.maximum, ""),
    ...rangeOf(schema.minLength, schema.maxLength, " characters"),
    ...rangeOf(schema.minItems, schema.maxItems, " entries"),
    ...(schema.pattern === undefined ? [] : [`matches ${code(String(schema.pattern))}`]),
    ...(keys === undefined ? [] : [`merged by ${keys.map(code).join(", ")} in server-side apply`]),
    ...(schema["x-kubernetes-preserve-unknown-fields"] === true ? ["any fields"] : []),
    ...rules.map(({ rule, message }) => `rule: ${message === undefined ? code(rule) : escapeText(message)}`),
  ];
}

function rangeOf(least: unknown, most: unknown, unit: string): readonly string[] {
  if (least === undefined && most === undefined) return [];
  if (least === undefined) return [`at most ${most}${unit}`];
  return [most === undefined ? `at least ${least}${unit}` : `${least} to ${most}${unit}`];
}

function renderColumn({ name, type, jsonPath, description, wide }: Column): string {
  const notes = `${type}${wide === true ? ", wide" : ""}`;
  const text = description === undefined ? "" : `. ${escapeText(description)}`;
  return item(`**${name}** (${notes}): ${code(jsonPath)}${text}`);
}

function renderSelectable(paths: readonly string[]): readonly string[] {
  if (paths.length === 0) return [];
  const list = paths.map((path) => item(code(path.slice(1))));
  return ["\n### Selectable fields\n", "For `--field-selector` and watches.\n", ...list];
}

function code(text: string): string {
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** Outside of code, so that what is meant as a character is not taken for markup. */
function escapeText(text: string): string {
  return text.replaceAll(/[\\*_<[\]`]/g, (character) => `\\${character}`);
}

function item(text: string, depth = 0): string {
  const indent = "  ".repeat(depth);
  return wrap(text, `${indent}- `, `${indent}  `);
}
