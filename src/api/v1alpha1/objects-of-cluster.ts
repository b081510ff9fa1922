import { text } from "../schema/schema.ts";

/** Which kind of objects is read from the cluster. */
export const kindOfObjects = {
  apiVersion: text("The apiVersion, such as example.org/v1.", 317, {
    minLength: 1,
    pattern: "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?v[a-z0-9]+$",
  }),
  kind: text("The kind, such as Cluster.", 63, { minLength: 1, pattern: "^[A-Za-z][A-Za-z0-9]*$" }),
} as const;

export const serviceAccountName = text(
  "A ServiceAccount of this namespace, with whose rights the objects are read. The operator must be allowed to create " +
    "tokens for it.",
  253,
  { minLength: 1, pattern: "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$" },
);
