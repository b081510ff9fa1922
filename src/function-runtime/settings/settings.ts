import type { ProgramLimits } from "../limits.ts";

/** What the operator's administrator, or the user of the command line, allows. */
export interface FunctionSettings {
  /** By image: without a tag for every tag and digest, else for that one. */
  readonly functions: ReadonlyMap<string, AllowedProgram>;
  readonly runner?: RunnerSettings;
}

export interface AllowedProgram {
  readonly kind: "wasm" | "exec";
  /** An absolute path. */
  readonly file: string;
  /** `sha256:…` */
  readonly digest: string;
  readonly limits: ProgramLimits;
}

/** A function runner of Porch. */
export interface RunnerSettings {
  /** `host:port` */
  readonly address: string;
  /** Images, as those of `functions`; with a slash at the end, all of that folder; `*`: all. */
  readonly images: readonly string[];
  readonly limits: ProgramLimits;
}

export const NO_FUNCTIONS: FunctionSettings = { functions: new Map() };

/** The image without tag and digest. */
function withoutTag(image: string): string {
  return image.replace(/@.*$/s, "").replace(/:[^/:]*$/, "");
}

export function findAllowed({ functions }: FunctionSettings, image: string): AllowedProgram | undefined {
  return functions.get(image) ?? functions.get(withoutTag(image));
}

export function runsOnRunner({ images }: RunnerSettings, image: string): boolean {
  return images.some(
    (one) => one === "*" || one === image || one === withoutTag(image) || (one.endsWith("/") && image.startsWith(one)),
  );
}
