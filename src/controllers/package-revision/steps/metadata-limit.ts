import { canonicalJson } from "../../../core/identity/canonical-json.ts";
import { MAX_METADATA_LENGTH } from "../../../core/revision/commit-trailers.ts";
import type { RecordedMetadata } from "../../../core/revision/recorded-metadata.ts";
import { StalledError } from "../../shared/stalled-error.ts";

/** Throws `StalledError` `MetadataTooLarge` for spec, labels and annotations that no commit message should carry. */
export function assertRecordable(metadata: RecordedMetadata): void {
  if (canonicalJson(metadata).length <= MAX_METADATA_LENGTH) return;
  throw new StalledError(
    { reason: "MetadataTooLarge", retry: "never" },
    `spec, labels and annotations are larger than ${MAX_METADATA_LENGTH} characters of JSON: ` +
      "put large values into files of the package",
  );
}
