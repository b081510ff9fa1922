import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PKG_GROUP } from "../../src/api/v1alpha1/package-revision.ts";
import { CONFIG_GROUP } from "../../src/api/v1alpha1/repository.ts";
import { runGitBytes } from "../invariants/git-batch.ts";
import type { ApiClient } from "../testenv/api-client.ts";
import { findForms } from "./secret-forms.ts";

/** Place of a secret; never the secret itself. */
export interface Leak {
  readonly where: string;
}

type Probe = (forms: readonly string[]) => Promise<readonly Leak[]>;

/** Searches pkgserver's objects, Leases and Events of a namespace, with their managed fields. */
export function probeObjects(requestAs: ApiClient, namespace: string): Probe {
  const paths = [
    `${CONFIG_GROUP}/v1alpha1/namespaces/${namespace}/repositories`,
    `${PKG_GROUP}/v1alpha1/namespaces/${namespace}/packagerevisions`,
    `${PKG_GROUP}/v1alpha1/namespaces/${namespace}/packagerevisionresourceses`,
    `coordination.k8s.io/v1/namespaces/${namespace}/leases`,
    `events.k8s.io/v1/namespaces/${namespace}/events`,
  ];
  return async (forms) => {
    const answers = await Promise.all(
      paths.map(async (path) => [path, await requestAs("admin", "get", path)] as const),
    );
    return answers.flatMap(([path, { body }]) => {
      const { items = [] } = body as unknown as { readonly items?: readonly { readonly metadata: { name: string } }[] };
      const leaking = items.filter((item) => findForms(forms, JSON.stringify(item)).length > 0);
      return leaking.map(({ metadata }) => ({ where: `${path}/${metadata.name}` }));
    });
  };
}

/** Searches a log by lines. */
export function probeLog(file: string): Probe {
  return async (forms) => {
    const lines = (await readFile(file, "utf8")).split("\n");
    return lines.flatMap((line, index) => (findForms(forms, line).length > 0 ? { where: `${file}:${index + 1}` } : []));
  };
}

export function probeMetrics(url: string): Probe {
  return async (forms) => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return findForms(forms, text).length > 0 ? [{ where: `${url}/metrics` }] : [];
  };
}

/** Searches argument lists of processes. */
export function probeArguments(lines: Iterable<string>): Probe {
  return async (forms) =>
    [...lines].flatMap((line) =>
      findForms(forms, line).length > 0 ? { where: `the arguments of ${line.split(" ")[0]}` } : [],
    );
}

/** Searches all files below a folder. */
export function probeFiles(folder: string): Probe {
  return async (forms) => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const leaks: Leak[] = [];
    for (const file of files) if (await fileHolds(file, forms)) leaks.push({ where: file });
    return leaks;
  };
}

/** Reads in chunks, since a pack may be large. Chunks overlap, so that no form is cut. */
async function fileHolds(file: string, forms: readonly string[]): Promise<boolean> {
  const overlap = Math.max(...forms.map((form) => form.length));
  let before: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(file)) {
      const chunkWithOverlap = Buffer.concat([before, chunk as Buffer]);
      if (findForms(forms, chunkWithOverlap).length > 0) return true;
      before = chunkWithOverlap.subarray(-overlap);
    }
  } catch (error) {
    // Deleted in the meantime: it cannot leak any more.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return false;
}

/** Searches every object of a bare repository, reachable or not, and the names of its refs. */
export function probeGit(dir: string): Probe {
  return async (forms) => {
    const [objects, refs] = await Promise.all([
      runGitBytes(dir, ["cat-file", "--batch-all-objects", "--unordered", "--batch", "--buffer"]),
      runGitBytes(dir, ["for-each-ref", "--format=%(refname)"]),
    ]);
    const leaks = [
      ["an object of", objects],
      ["a ref of", refs],
    ] as const;
    return leaks.flatMap(([what, bytes]) => (findForms(forms, bytes).length > 0 ? { where: `${what} ${dir}` } : []));
  };
}
