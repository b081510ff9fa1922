/** A line, and those below it. */
export interface Branch {
  readonly label: string;
  readonly below: readonly Branch[];
}

/** The lines of a tree, without its root. */
export function drawBranches(branches: readonly Branch[], indent = ""): readonly string[] {
  return branches.flatMap(({ label, below }, index) => {
    const isLast = index === branches.length - 1;
    return [`${indent}${isLast ? "└─ " : "├─ "}${label}`, ...drawBranches(below, `${indent}${isLast ? "   " : "│  "}`)];
  });
}
