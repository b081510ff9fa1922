import { canonicalJson } from "../../../core/identity/canonical-json.ts";
import { isLargerThan } from "../../../core/identity/json-size.ts";
import { describeInexactNumber, findInexactNumber } from "../../../core/revision/inexact-numbers.ts";
import { MAX_METADATA_LENGTH, type RecordedMetadata } from "../../../core/revision/recorded-metadata.ts";
import { StalledError } from "../../shared/stalled-error.ts";

/**
 * Throws `StalledError` `MetadataTooLarge` for spec, labels and annotations that no commit message should carry, and
 * `InexactNumber` for numbers that it would carry with other digits.
 */
export function assertRecordable(metadata: RecordedMetadata): void {
  const isTooLarge =
    isLargerThan(metadata, MAX_METADATA_LENGTH) || canonicalJson(metadata).length > MAX_METADATA_LENGTH;
  const inexact = findInexactNumber(metadata.spec, "spec");
  if (inexact !== undefined) {
    throw new StalledError({ reason: "InexactNumber", retry: "never" }, describeInexactNumber(inexact));
  }
  if (!isTooLarge) return;
  throw new StalledError(
    { reason: "MetadataTooLarge", retry: "never" },
    `spec, labels and annotations are larger than ${MAX_METADATA_LENGTH} characters of JSON: ` +
      "put large values into files of the package",
  );
}
