import { Cel } from "../cel.ts";
import { CelError } from "../cel-error.ts";
import { CostBudget } from "../cost-budget.ts";
import { type CelValue, toCel, toPlain } from "../values.ts";

export const cel = new Cel({ object: "map", any: "dyn", items: "list", text: "string" });
const VALUES: Readonly<Record<string, unknown>> = {
  object: {
    metadata: { name: "web", labels: { "app.kubernetes.io/name": "web" } },
    spec: { replicas: 3, ratio: 0.5, containers: [{ image: "nginx:1" }, { image: "busybox:latest" }] },
  },
  any: null,
  items: [1, 2, 3],
  text: "a-b-c",
};

/** The plain value of an expression; `values` replace those of the variables. */
export function evaluate(expression: string, values: Readonly<Record<string, unknown>> = {}, limit = 100_000): unknown {
  const entries = Object.entries({ ...VALUES, ...values }).map(([name, one]) => [name, toCel(one)] as const);
  return toPlain(cel.compile(expression).evaluate(new Map<string, CelValue>(entries), new CostBudget(limit)));
}

/** The error of a call that is to fail. */
export function failureOf(run: () => unknown): CelError {
  try {
    run();
  } catch (error) {
    if (error instanceof CelError) return error;
    throw error;
  }
  throw new Error("there was no failure");
}
