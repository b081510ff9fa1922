import type { PackageApis } from "../dependencies/package-apis.ts";
import { readPackageApis } from "../dependencies/read-package.ts";
import type { PackageFile } from "../files/package-file.ts";
import { isProcessed, MAX_PROCESSED_BYTES } from "./size-limit.ts";
import { unreadFiles } from "./unread-files.ts";

/** What a worker process needs to find out what a published package offers and needs. */
export interface ApisCall {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** `spec.inputs`. */
  readonly inputs: readonly object[];
  /** Paths of YAML files whose bytes are not known. */
  readonly unread: readonly string[];
}

/** Undefined for a package with more YAML than is processed. */
export function apisCall(
  files: readonly Pick<PackageFile, "path" | "mode" | "bytes">[],
  inputs: readonly object[] = [],
): ApisCall | undefined {
  const read = files.flatMap(({ path, bytes }) => (bytes === undefined || !isProcessed(path) ? [] : [{ path, bytes }]));
  if (read.reduce((sum, { bytes }) => sum + bytes.length, 0) > MAX_PROCESSED_BYTES) return undefined;
  // Copies: the bytes from Git are a view of a larger buffer, all of which would be sent.
  const copies = read.map(({ path, bytes }) => [path, new Uint8Array(bytes)] as const);
  return { files: new Map(copies), inputs, unread: unreadFiles(files) };
}

/** Takes up to some seconds for a large package: it runs in a worker process. Never throws for what is in the files. */
export function readApis({ files, inputs, unread }: ApisCall): PackageApis {
  return readPackageApis(files, inputs, unread);
}
