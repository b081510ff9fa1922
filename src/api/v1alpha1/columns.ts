import type { KindDefinition } from "../schema/kind.ts";

type Columns = KindDefinition["columns"];

/** The first columns of kinds with the condition `Ready`: its status, and its reason. */
export const READY_COLUMNS = [
  { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: "Status", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
] as const satisfies Columns;

export const AGE_COLUMN = {
  name: "Age",
  type: "date",
  jsonPath: ".metadata.creationTimestamp",
} as const satisfies Columns[number];

export const SINCE_COLUMN = {
  name: "Since",
  type: "date",
  jsonPath: '.status.conditions[?(@.type=="Ready")].lastTransitionTime',
  description: "Since when it is Ready, or not.",
  wide: true,
} as const satisfies Columns[number];
