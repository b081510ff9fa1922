import type { PackageRevisionSpec } from "../../api/v1alpha1/package-revision.ts";
import { isDraftBase, isUpstreamLock } from "../../api/v1alpha1/package-revision-status.ts";
import { canonicalJson } from "../identity/canonical-json.ts";
import { parseJson } from "../identity/parse-json.ts";
import { MAX_METADATA_LENGTH, type RecordedMetadata } from "./recorded-metadata.ts";

/** The metadata of a commit. Another version of the operator may have written it: a wrong type is ignored. */
export function parseRecordedMetadata(text: string | undefined): RecordedMetadata {
  if (text === undefined || text.length > MAX_METADATA_LENGTH) return {};
  let value: unknown;
  try {
    value = parseJson(text);
    canonicalJson(value);
  } catch {
    // Not JSON, or too deep to be compared.
    return {};
  }
  if (!isRecord(value)) return {};
  const { spec, labels, annotations, base, upstreamLock } = value;
  return {
    ...(isRecord(spec) && { spec: spec as Partial<PackageRevisionSpec> }),
    ...(isRecord(labels) && { labels: labels as Record<string, string> }),
    ...(isRecord(annotations) && { annotations: annotations as Record<string, string> }),
    ...(isDraftBase(base) && { base }),
    ...(isUpstreamLock(upstreamLock) && { upstreamLock }),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
