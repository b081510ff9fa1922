import { testWithEnv } from "../testenv/fixtures.ts";
import { createVariantSets } from "../testenv/variant-sets.ts";
import { createVariants } from "../testenv/variants.ts";

/** `it` with an environment, and users' operations on PackageVariants and sets of them. */
export function testWithVariants(name: string) {
  return testWithEnv(name)
    .extend("variants", { scope: "file" }, async ({ env }) => await createVariants(env))
    .extend("sets", { scope: "file" }, async ({ env }) => await createVariantSets(env));
}
