import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { PackageVariantSet } from "../../../src/api/v1alpha1/package-variant-set.ts";
import { waitUntil } from "../../harness/wait.ts";
import { root } from "../markdown.ts";
import { createRepository, fill, type Trial, type TrialContext } from "./trial.ts";

/** Applies an example of docs/variants.md, with Repositories of its own. Returns it. */
async function applyExample(context: TrialContext, index: number): Promise<string> {
  const { env, packages } = context;
  const catalog = await createRepository(context);
  const deployments = await createRepository(context, { deployment: true });
  const storefront = { repository: catalog, realm: "web", package: "storefront", workspace: "one" };
  await packages.createPublished(storefront, { "a.yaml": "kind: A\n" });
  const page = await readFile(join(root, "docs/variants.md"), "utf8");
  const [, example = ""] = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)][index] ?? [];
  const manifest = example.replace(": catalog\n", `: ${catalog}\n`).replace(": deployments\n", `: ${deployments}\n`);
  await env.as("admin").applyYaml(manifest);
  return manifest;
}

/** Of PackageVariants and sets of them. */
export const VARIANT_TRIALS: readonly Trial[] = [
  {
    command: "config.pkg.pkgserver.dev/rollout=",
    run: async (script, context) => {
      await applyExample(context, 1);
      const page = await readFile(join(root, "docs/variants.md"), "utf8");
      const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = ""]) => yaml);
      const rollout = blocks.find((yaml) => yaml.startsWith("spec:\n  rollout:")) ?? "";
      const admin = context.env.as("admin");
      await admin("patch", "pkgvarset", "storefronts", "--type=merge", "--patch", rollout);
      const state = async () => (await admin.getJson<PackageVariantSet>("pkgvarset", "storefronts")).status?.rollout;
      const found = await waitUntil("the rollout has begun", state, { until: (now) => now !== undefined });
      const output = await context.shell.run(fill(script, { NAME: "storefronts", ID: found?.id ?? "" }));
      expect(output).toContain("1 target to be published before the next wave");
      await waitUntil("it is aborted", state, { until: (now) => now?.state === "Aborted" });
      await admin("delete", "pkgvarset", "storefronts");
    },
  },
  {
    command: "kubectl get pkgvarset",
    run: async (script, context) => {
      const manifest = await applyExample(context, 1);
      expect(manifest).toContain("kind: PackageVariantSet");
      const output = await context.shell.run(fill(script, { NAME: "storefronts" }));
      expect(output).toMatch(/^storefronts +True +UpToDate +2 +0 /m);
      expect(output).toMatch(/^storefronts[.]edge1 .*^storefronts[.]edge2 /ms);
    },
  },
  {
    command: "kubectl get pkgvar NAME",
    run: async (script, context) => {
      await applyExample(context, 0);
      const output = await context.shell.run(fill(script, { NAME: "storefront-edge1" }));
      expect(output).toMatch(/storefront-edge1 +True +DraftReady +storefront +v1 +edge1 +storefront .* edge1[.]docs-/);
    },
  },
];
