import type { Policy, PolicyMatch } from "../../../api/v1alpha1/repository-policies.ts";
import type { CostBudget } from "../../cel/cost-budget.ts";
import { isSelected } from "../../identity/label-selector.ts";
import { matchWithStars } from "../ignore/glob.ts";
import type { ParsedObject } from "../objects/parse-objects.ts";
import { isSchema } from "../schema/open-api-schema.ts";

/** True if a policy is about an object. Throws a CelError of kind limit. */
export function isAbout(
  { match, exclude }: Pick<Policy, "match" | "exclude">,
  object: ParsedObject,
  budget: CostBudget,
): boolean {
  budget.spend(1);
  return (
    (match === undefined || fits(match, object, budget)) && !(exclude !== undefined && fits(exclude, object, budget))
  );
}

function fits(match: PolicyMatch, { apiVersion, kind, value }: ParsedObject, budget: CostBudget): boolean {
  const { name, namespace, labels } = isSchema(value.metadata) ? value.metadata : {};
  return (
    fitsOne(match.apiVersions, apiVersion, budget) &&
    fitsOne(match.kinds, kind, budget) &&
    fitsOne(match.names, textOf(name), budget) &&
    fitsOne(match.namespaces, textOf(namespace), budget) &&
    isSelected(match.labelSelector ?? {}, isSchema(labels) ? labels : {})
  );
}

function fitsOne(patterns: readonly string[] | undefined, text: string, budget: CostBudget): boolean {
  return patterns === undefined || patterns.some((pattern) => fitsPattern(pattern, text, budget));
}

/** More than any name of Kubernetes has; longer ones fit only `*`. */
const MAX_LENGTH = 600;
/** Comparisons of characters that take as long as one step of an expression. */
const COMPARISONS = 16;

function fitsPattern(pattern: string, text: string, budget: CostBudget): boolean {
  if (pattern === "*" || pattern === text) return true;
  if (!/[*?]/.test(pattern) || text.length > MAX_LENGTH) return false;
  let compared = 0;
  const result = matchWithStars(
    [...pattern],
    [...text],
    (one) => one === "*",
    (one, char) => {
      compared++;
      return one === char || one === "?";
    },
  );
  budget.spend(Math.ceil(compared / COMPARISONS));
  return result;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
