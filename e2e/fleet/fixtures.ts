import { testWithEnv } from "../testenv/fixtures.ts";
import { createVariants } from "../testenv/variants.ts";

/** `it` with an environment, and users' operations on PackageVariants. */
export function testWithVariants(name: string) {
  return testWithEnv(name).extend("variants", { scope: "file" }, async ({ env }) => await createVariants(env));
}
