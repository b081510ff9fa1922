import { Type } from "typebox";

export const LIFECYCLES = ["draft", "proposed", "published", "deletionProposed"] as const;
export type Lifecycle = (typeof LIFECYCLES)[number];

export function lifecycle(description: string) {
  return Type.Enum([...LIFECYCLES], { description });
}
