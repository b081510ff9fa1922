import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { findChildren } from "../testenv/git-children.ts";
import type { Leftover } from "./observation.ts";

/** Temporary files, locks, credentials and processes, which an operator must remove when it stops. Linux only. */
export async function findLeftovers(dataDir: string): Promise<readonly Leftover[]> {
  const entries = await readdir(dataDir, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.flatMap(({ name, parentPath }) => {
    const subject = join(parentPath, name);
    if (name.startsWith("tmp_")) return { subject, message: "is a temporary file or folder of git's" };
    if (name.endsWith(".lock")) return { subject, message: "is a lock whose process has ended" };
    if (name.endsWith(".access"))
      return { subject, message: "is a folder of credentials, which the operator deletes when it stops" };
    return [];
  });
  const processes = findChildren(dataDir).map(({ pid }) => ({
    subject: `process ${pid}`,
    message: `uses ${dataDir}, and its operator has ended`,
  }));
  return [...files, ...processes];
}
