import type { ArgumentSpec, OptionSpec } from "../option-spec.ts";

export const PACKAGE: ArgumentSpec & { readonly kind: "required" } = {
  kind: "required",
  placeholder: "PACKAGE",
  description: "a package revision: storefront, web/storefront, edge1/web/storefront@v2, …@first, an object",
};

export const OUTPUT: OptionSpec & { readonly kind: "value" } = {
  kind: "value",
  short: "o",
  value: "FORMAT",
  description: "print for programs",
  choices: ["json", "yaml"],
};
