import type { ArgumentSpec, OptionSpec } from "../option-spec.ts";

export const PACKAGE: ArgumentSpec & { readonly kind: "required" } = {
  kind: "required",
  placeholder: "PACKAGE",
  description: "a package revision: storefront, web/storefront, edge1/web/storefront@v2, …@first, an object",
  completes: "package",
};

/** For commands that work with proposals alone. */
export const PROPOSAL: typeof PACKAGE = { ...PACKAGE, completes: "proposal" };

export const PACKAGE_OR_DIR = {
  kind: "required",
  placeholder: "PACKAGE",
  description: "a folder that was pulled, else a package revision",
  completes: "package",
} as const satisfies ArgumentSpec;

export const DIR = {
  kind: "required",
  placeholder: "DIR",
  description: "a folder that a package was pulled into",
  completes: "folder",
} as const satisfies ArgumentSpec;

export const REPOSITORY_NAME = {
  kind: "required",
  placeholder: "NAME",
  description: "the name of a Repository",
  completes: "repository",
} as const satisfies ArgumentSpec;

export const SET_NAME = {
  kind: "required",
  placeholder: "NAME",
  description: "the name of a PackageVariantSet",
} as const satisfies ArgumentSpec;

/** For commands that create a draft. */
export const WORKSPACE = {
  kind: "value",
  value: "NAME",
  description: "the workspace, which names the branch; draft-1, draft-2, … by default",
} as const satisfies OptionSpec;

export const REPOSITORY = {
  kind: "value",
  value: "REPOSITORY",
  description: "the Repository; by default the only one of the namespace that fits",
  completes: "repository",
} as const satisfies OptionSpec;

export const WAIT = {
  kind: "flag",
  description: "wait until it is done, or until something holds it back",
} as const satisfies OptionSpec;

export const YES = {
  kind: "flag",
  short: "y",
  description: "do not ask",
} as const satisfies OptionSpec;

/** Instead of a package. */
export const RELEASE = {
  kind: "value",
  value: "NAME",
  description: "all drafts and proposals with the label pkg.pkgserver.dev/release=NAME",
} as const satisfies OptionSpec;

/** What was approved, for a script. */
export const DIGEST = {
  kind: "value",
  value: "DIGEST",
  description: "the digest that was reviewed (status.proposal.digest)",
} as const satisfies OptionSpec;

export const OUTPUT: OptionSpec & { readonly kind: "value" } = {
  kind: "value",
  short: "o",
  value: "FORMAT",
  description: "print for programs",
  choices: ["json", "yaml"],
};
