import {
  type PublishedDocument,
  type PublishedText,
  readPublished,
} from "../../../core/validation/schema/published-document.ts";
import type { ClusterSchemasOptions } from "../../../kube/openapi/cluster-schemas.ts";
import type { WorkerProcess } from "../../../runtime/worker-process.ts";

/** Shorter documents take less time than a process that would read them: some 25 ms. */
const MAX_OWN_LENGTH = 512 * 1024;

/** Reads large documents of the API server outside the event loop. */
export function readOutside(
  worker: Pick<WorkerProcess<PublishedText, PublishedDocument>, "call">,
): NonNullable<ClusterSchemasOptions["read"]> {
  return async (apiVersion, text) =>
    text.length <= MAX_OWN_LENGTH ? readPublished(apiVersion, text) : await worker.call({ apiVersion, text });
}
