import { isScalar, type Scalar } from "yaml";
import { readDocuments } from "../../validation/yaml/read-documents.ts";
import { setScalar } from "./write.ts";

/** Nothing nests in a scalar. */
const MAX_DEPTH = 10;

/**
 * Replaces the text of a scalar as if a person had done it: in quotes it stays a text; without quotes `5` is a number,
 * and what needs quotes gets them.
 */
export function setText(scalar: Scalar, text: string): void {
  const plain = scalar.type === "PLAIN" || scalar.type === undefined ? readPlain(text) : undefined;
  if (plain === undefined) {
    setScalar(scalar, text);
    return;
  }
  setScalar(scalar, plain.value as string);
  const { source, format, minFractionDigits } = plain;
  Object.assign(scalar, {
    ...(source !== undefined && { source }),
    ...(format !== undefined && { format }),
    ...(minFractionDigits !== undefined && { minFractionDigits }),
  });
}

/** The scalar that a text is without quotes; undefined if it is none. */
function readPlain(text: string): Scalar | undefined {
  if (text === "" || text.trim() !== text || /[\n\r]/.test(text)) return undefined;
  const read = readDocuments(`k: ${text}\n`, MAX_DEPTH);
  if ("deepAt" in read || read.errors.length + read.refused.length > 0) return undefined;
  const value: unknown = read.documents.length === 1 ? read.documents[0]?.get("k", true) : undefined;
  return isScalar(value) && value.type === "PLAIN" && value.source === text && !value.comment ? value : undefined;
}
