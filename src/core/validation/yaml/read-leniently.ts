import type { YamlReading } from "./check-yaml.ts";
import { isAccepted, MAX_DEPTH } from "./read-checked.ts";
import { readDocuments } from "./read-documents.ts";
import { checkSemantics } from "./semantic-checks.ts";

/**
 * What lenient readers find in a file that Kubernetes would refuse: the documents without syntax errors, in which a key
 * may be there twice, and the last one counts; also in UTF-16. Never throws.
 */
export function readLeniently(bytes: Uint8Array): YamlReading {
  const text = new TextDecoder(encodingOf(bytes)).decode(bytes);
  const read = readDocuments(text, MAX_DEPTH);
  if ("deepAt" in read) return { problems: [], count: 0 };
  const documents = read.documents.filter(({ errors }) => errors.every((one) => isAccepted(one, text)));
  const isSound = (some: typeof documents) =>
    checkSemantics(
      some.map(({ contents }) => contents),
      { areKeysUnique: false },
    ).length === 0;
  const sound = documents.filter((one) => isSound([one]));
  // Aliases have a limit of the file.
  return { text, documents: isSound(sound) ? sound : [] };
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
}
