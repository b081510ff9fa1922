import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { findChildren } from "../testenv/git-children.ts";
import type { Leftover } from "./observation.ts";

/** What no operator leaves behind that has ended in order: half-written files, locks, credentials, processes. */
export async function findLeftovers(dataDir: string): Promise<readonly Leftover[]> {
  const entries = await readdir(dataDir, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.flatMap(({ name, parentPath }) => {
    const subject = join(parentPath, name);
    if (name.startsWith("tmp_"))
      return { subject, message: "is a temporary file or folder of git's that nobody removes" };
    if (name.endsWith(".lock")) return { subject, message: "is a lock that nobody holds" };
    if (name.endsWith(".access")) return { subject, message: "is for credentials, which go when the operator ends" };
    return [];
  });
  const processes = findChildren(dataDir).map(({ pid }) => ({
    subject: `process ${pid}`,
    message: `works on ${dataDir}, and its operator has ended`,
  }));
  return [...files, ...processes];
}
