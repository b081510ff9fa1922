/** As meta/v1; absent parts select everything. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly LabelRequirement[];
}

interface LabelRequirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values?: readonly string[];
}

/** True for labels that meet every part of a selector; a value that is no text meets none that names values. */
export function isSelected(selector: LabelSelector, labels: Readonly<Record<string, unknown>>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  const of = (key: string) => (Object.hasOwn(labels, key) ? labels[key] : undefined);
  return (
    Object.entries(matchLabels).every(([key, value]) => of(key) === value) &&
    matchExpressions.every((one) => isMet(one, of(one.key)))
  );
}

function isMet({ operator, values = [] }: LabelRequirement, label: unknown): boolean {
  switch (operator) {
    case "In":
      return values.some((value) => value === label);
    case "NotIn":
      return !values.some((value) => value === label);
    case "Exists":
      return label !== undefined;
    case "DoesNotExist":
      return label === undefined;
    default:
      return operator satisfies never;
  }
}
