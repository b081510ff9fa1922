import { blobOid } from "../../../core/identity/hash.ts";
import { objectFormatOf } from "../../../core/identity/oid.ts";
import { initPackage } from "../../../core/revision/init-package.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import type { DraftOrigin } from "../../../core/revision/plan.ts";
import { recordedLock } from "../../../core/revision/upstream-lock.ts";
import type { RevisionScope } from "../scope.ts";
import { clonePackage } from "./clone-package.ts";
import type { FirstFiles } from "./first-files.ts";
import { upgradePackage } from "./upgrade-package.ts";

/**
 * Reads the files that a draft begins with. Throws the store's errors: a package that is too large, names that are not
 * UTF-8.
 */
export async function readFirstFiles(
  scope: RevisionScope,
  view: RevisionView,
  origin: DraftOrigin,
): Promise<FirstFiles> {
  switch (origin.kind) {
    case "empty":
      return { files: [], subject: "a new package, empty" };
    case "init": {
      const objectFormat = objectFormatOf(view.mainCommit);
      const files = [...initPackage(scope.object.spec.packageRevID)].map(([path, bytes]) => {
        return { path, mode: "100644" as const, oid: blobOid(bytes, objectFormat), bytes };
      });
      return { files, subject: "a new package" };
    }
    case "latest": {
      const { tree, revision } = origin.published;
      const size = await scope.store.measure(view, tree);
      const lock = recordedLock(origin.published.trailers?.metadata);
      return { files: origin.published, size, subject: `from ${revision}`, ...(lock !== undefined && { lock }) };
    }
    case "upstream":
      return await clonePackage(scope, view, origin.source);
    case "upgrade":
      return await upgradePackage(scope, view, origin);
    default:
      return origin satisfies never;
  }
}
