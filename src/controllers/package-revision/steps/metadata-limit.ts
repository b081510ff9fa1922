import { canonicalJson } from "../../../core/identity/canonical-json.ts";
import { MAX_METADATA_LENGTH } from "../../../core/revision/commit-trailers.ts";
import { describeInexactNumber, findInexactNumber } from "../../../core/revision/inexact-numbers.ts";
import type { RecordedMetadata } from "../../../core/revision/recorded-metadata.ts";
import { StalledError } from "../../shared/stalled-error.ts";

/**
 * Throws `StalledError` `MetadataTooLarge` for spec, labels and annotations that no commit message should carry, and
 * `InexactNumber` for numbers that it would carry with other digits.
 */
export function assertRecordable(metadata: RecordedMetadata): void {
  const { length } = canonicalJson(metadata);
  const inexact = findInexactNumber(metadata.spec, "spec");
  if (inexact !== undefined) {
    throw new StalledError({ reason: "InexactNumber", retry: "never" }, describeInexactNumber(inexact));
  }
  if (length <= MAX_METADATA_LENGTH) return;
  throw new StalledError(
    { reason: "MetadataTooLarge", retry: "never" },
    `spec, labels and annotations are larger than ${MAX_METADATA_LENGTH} characters of JSON: ` +
      "put large values into files of the package",
  );
}
