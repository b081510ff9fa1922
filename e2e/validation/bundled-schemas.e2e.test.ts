import { readFile } from "node:fs/promises";
import { expect, inject, it } from "vitest";
import { KUBERNETES_RELEASE } from "../../src/core/validation/schema/schema-set.ts";
import { BUNDLED_SCHEMAS, renderBundledSchemas } from "../harness/bundled-schemas.ts";
import { kubectlAs } from "../harness/kubectl.ts";
import { chooseRelease } from "../harness/tools.ts";
import { needs } from "../testenv/needs.ts";

// The newest release serves mutating policies, the oldest one does not.
it(
  ...needs("MutatingAdmissionPolicy", "the bundled schemas are those that the newest API server publishes"),
  async () => {
    expect(KUBERNETES_RELEASE).toBe(chooseRelease().minor);
    const published = await renderBundledSchemas(kubectlAs(inject("controlPlane"), "admin"));
    expect(await readFile(BUNDLED_SCHEMAS, "utf8"), "run make schemas").toBe(published);
  },
);
