import { jsonSize } from "./package-file.ts";

/**
 * A contents object's status may have three such lists, and one of half the size: 60 KiB. What a proposal changes takes
 * at most 48 KiB more.
 */
const MAX_LIST_BYTES = 17 * 1024;

/**
 * The first entries of a list, as many as a status can hold, and not more than `most`. Texts count with their size in
 * the API server's store.
 */
export function firstThatFit<T extends Readonly<Record<string, string | number | boolean>>>(
  all: readonly T[],
  most: number,
  mostBytes = MAX_LIST_BYTES,
): readonly T[] {
  let bytes = 0;
  const end = all.slice(0, most).findIndex((one) => {
    for (const [path, value] of Object.entries(one))
      bytes += jsonSize({ path, encoding: "text", value: String(value) });
    return bytes > mostBytes;
  });
  return all.slice(0, end === -1 ? most : end);
}
