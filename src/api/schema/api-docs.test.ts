import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { renderApiDocs } from "./api-docs.ts";
import type { KindDefinition } from "./kind.ts";
import { anyObject, listByKey, rules, text } from "./schema.ts";

function kindOf(changes: Partial<KindDefinition> = {}): KindDefinition {
  return {
    group: "example.com",
    version: "v1",
    kind: "Widget",
    plural: "widgets",
    singular: "widget",
    shortNames: ["wdg"],
    description: "A widget.",
    spec: Type.Object({}),
    status: Type.Object({}),
    statusDefault: { observedGeneration: -1 },
    columns: [],
    selectable: [],
    rules: [],
    ...changes,
  };
}

describe("renderApiDocs", () => {
  it("names group, version, resource, columns, selectable fields and rules of a kind", () => {
    const page = renderApiDocs([
      kindOf({
        columns: [{ name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp", wide: true }],
        selectable: [".spec.size"],
        rules: [{ rule: "false", message: "no widget is allowed", fieldPath: ".spec" }],
      }),
    ]);
    expect(page).toContain("- [Widget](#widget)\n");
    expect(page).toContain("- apiVersion `example.com/v1`, namespaced\n");
    expect(page).toContain("- resource `widgets`, short name `wdg`, category `pkg`\n");
    expect(page).toContain("- rule on `spec`: no widget is allowed\n");
    expect(page).toContain("- **Age** (date, wide): `.metadata.creationTimestamp`\n");
    expect(page).toContain("- `spec.size`\n");
  });

  it("shows each field with its type, whether it is required, and its validation", () => {
    const spec = Type.Object({
      size: text("How large.", 8, { minLength: 1, pattern: "^[a-z]+$", ...rules({ rule: "r", message: "too large" }) }),
      mode: Type.Optional(Type.Enum(["on", "off"], { default: "on" })),
      labels: Type.Optional(Type.Record(Type.String(), Type.String())),
      parts: Type.Optional(listByKey(Type.Object({ name: text("Its name.", 9) }), "name", "The parts.", 4)),
      names: Type.Optional(Type.Array(text("A name.", 5), { maxItems: 2 })),
      values: Type.Optional(Type.Array(anyObject("A value."))),
    });
    const page = renderApiDocs([kindOf({ spec })]);
    expect(page).toContain(
      "- **`spec.size`** string, required. How large.\n  - 1 to 8 characters\n  - matches `^[a-z]+$`\n  - rule: too large\n",
    );
    expect(page).toContain('- **`spec.mode`** string\n  - one of `on`, `off`\n  - default `"on"`\n');
    expect(page).toContain("- **`spec.labels`** map of string to string\n");
    expect(page).toContain(
      "- **`spec.parts`** list of objects. The parts.\n  - at most 4 entries\n  - merged by `name` in server-side apply\n",
    );
    expect(page).toContain("- **`spec.parts[].name`** string, required. Its name.\n");
    expect(page).toContain(
      "- **`spec.names`** list of strings\n  - at most 2 entries\n  - each: A name.\n  - each: at most 5 characters\n",
    );
    expect(page).toContain("- **`spec.values[]`** object. A value.\n  - any fields\n");
  });

  it("keeps lines within 100 characters and text from being read as markup", () => {
    const description = `${"many words ".repeat(20)}*.yaml <b> [link]`;
    const page = renderApiDocs([kindOf({ spec: Type.Object({ a: text(description, 1) }) })]);
    expect(page.split("\n").filter((line) => line.length > 100)).toEqual([]);
    expect(page.replaceAll(/\s+/g, " ")).toContain("\\*.yaml \\<b> \\[link\\]");
  });
});
