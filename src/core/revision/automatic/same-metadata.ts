import { isSameJson } from "../../identity/same-json.ts";
import { type RecordedMetadata, usersPart } from "../recorded-metadata.ts";

/** Fields that say how the files were made: the files and the upstream lock are compared in their place. */
const HOW_MADE: ReadonlySet<string> = new Set(["tasks", "upstream", "upgradeStrategy"]);

/** True if inputs, gates, labels, annotations, and what else is recorded beside the files are those of before. */
export function hasSameMetadata(before: RecordedMetadata, after: RecordedMetadata): boolean {
  return isSameJson(metadataOf(before), metadataOf(after));
}

function metadataOf(recorded: RecordedMetadata): object {
  const { spec = {}, labels = {}, annotations = {} } = usersPart(recorded);
  return { spec: Object.fromEntries(Object.entries(spec).filter(([key]) => !HOW_MADE.has(key))), labels, annotations };
}
