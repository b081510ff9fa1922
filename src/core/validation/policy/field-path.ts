import type { FieldPath } from "../schema/unknown-fields.ts";

const STEP = /[.]([A-Za-z_][-A-Za-z0-9_]*)|\['([^']+)'\]|\[([0-9]{1,6})\]/y;

/** Reads `.spec.containers[0]['a.b']`, as rules of CustomResourceDefinitions have it; undefined for what is none. */
export function readFieldPath(text: string): FieldPath | undefined {
  const path: (string | number)[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const [step, field, key, index] = STEP.exec(text) ?? [];
    if (step === undefined) return undefined;
    path.push(field ?? key ?? Number(index));
  }
  return path;
}
