import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { API_LIFECYCLES, renderApiLifecycles } from "../harness/api-lifecycles.ts";
import { BUNDLED_SCHEMAS, renderBundledSchemas } from "../harness/bundled-schemas.ts";
import { bringDown } from "../harness/down.ts";
import { kubectlAs } from "../harness/kubectl.ts";
import { bringUp } from "../harness/up.ts";
import { reportErrors } from "./command-error.ts";

/**
 * `make schemas`: takes the schemas of the built-in kinds from the newest API server, and from its code the releases
 * that have them.
 */
reportErrors();
const dir = await mkdtemp(join(tmpdir(), "pkgserver-schemas-"));
try {
  const { controlPlane } = await bringUp(dir);
  await writeFile(API_LIFECYCLES, await renderApiLifecycles());
  await writeFile(BUNDLED_SCHEMAS, await renderBundledSchemas(kubectlAs(controlPlane, "admin")));
} finally {
  await bringDown(dir, { deleteData: true });
}
