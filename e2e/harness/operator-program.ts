import { execFile } from "node:child_process";
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

export interface OperatorProgram {
  readonly file: string;
  readonly nodeOptions: string;
  /** Folder of its compile cache; the project's by default. */
  readonly compileCache?: string;
}

const PROJECT_ROOT = join(import.meta.dirname, "..", "..");

/** The image's program: the bundle that `make build` writes, with the Dockerfile's options for Node. */
export async function imageProgram(): Promise<OperatorProgram> {
  const [, nodeOptions] =
    /^ENV .*NODE_OPTIONS="?([^"\s]+)/m.exec(await readFile(join(PROJECT_ROOT, "Dockerfile"), "utf8")) ?? [];
  if (nodeOptions === undefined) throw new Error("the Dockerfile sets no NODE_OPTIONS");
  return { file: join(PROJECT_ROOT, "dist", "main.js"), nodeOptions };
}

/**
 * Builds the image's program and copies it to a folder that has nothing else of the project, as the image. It starts in
 * a quarter of the CPU time of src/main.ts, which loads a thousand modules.
 */
export async function buildImageProgram(parent: string): Promise<OperatorProgram> {
  await promisify(execFile)("make", ["build"], { cwd: PROJECT_ROOT });
  const dir = join(parent, "operator");
  await cp(join(PROJECT_ROOT, "dist"), dir, { recursive: true });
  return { ...(await imageProgram()), file: join(dir, "main.js"), compileCache: join(parent, "compile-cache") };
}
