import { jsonSize } from "./package-file.ts";

const MAX_LISTED = 50;
/** Two such lists fit into the 64 KiB that a contents object's status may have. */
const MAX_BYTES = 24 * 1024;

/** The first of a list of objects that a status can hold; an object's texts count as the API server stores them. */
export function firstThatFit<T extends Readonly<Record<string, string | number>>>(all: readonly T[]): readonly T[] {
  let bytes = 0;
  const end = all.slice(0, MAX_LISTED).findIndex((one) => {
    for (const [path, value] of Object.entries(one))
      bytes += jsonSize({ path, encoding: "text", value: String(value) });
    return bytes > MAX_BYTES;
  });
  return all.slice(0, end === -1 ? MAX_LISTED : end);
}
