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
  /** Absent: the connection is not encrypted. */
  readonly tls?: RunnerTls;
}

export interface RunnerTls {
  /** The absolute path of the certificates (PEM) that may sign the runner's; absent: those that Node.js trusts. */
  readonly ca?: string;
}

export const NO_FUNCTIONS: FunctionSettings = { functions: new Map() };

const MAX_IMAGE_LENGTH = 255;
/** Registry with port, path, tag and digest, as containers' tools take them. */
const IMAGE =
  /^[a-z0-9]+([._-]+[a-z0-9]+)*(:[0-9]+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:\w[\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/;

/** The image without tag and digest. */
function withoutTag(image: string): string {
  return image.replace(/@.*$/s, "").replace(/:[^/:]*$/, "");
}

export function findAllowed({ functions }: FunctionSettings, image: string): AllowedProgram | undefined {
  return functions.get(image) ?? functions.get(withoutTag(image));
}

/** A package chooses the text, which is sent to the function runner and recorded in commits. */
function isImage(text: string): boolean {
  return text.length <= MAX_IMAGE_LENGTH && IMAGE.test(text);
}

export function runsOnRunner({ images }: RunnerSettings, image: string): boolean {
  if (!isImage(image)) return false;
  return images.some(
    (one) => one === "*" || one === image || one === withoutTag(image) || (one.endsWith("/") && image.startsWith(one)),
  );
}
