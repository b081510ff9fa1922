import { execFileSync } from "node:child_process";
import { join } from "node:path";

let folder: string | undefined;

/** The file of a git command that is a program of its own. `git` would start it as a child: one more process. */
export function gitProgram(name: "http-backend"): string {
  folder ??= execFileSync("git", ["--exec-path"], { encoding: "utf8" }).trim();
  return join(folder, `git-${name}`);
}
