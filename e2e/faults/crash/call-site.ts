/** Files below src whose functions execute an effect on behalf of their callers: a call site is named without them. */
export const CARRIERS: ReadonlySet<string> = new Set([
  "kube/client/transport.ts",
  "kube/client/client.ts",
  "kube/client/errors.ts",
  "kube/patch-status.ts",
  "storage/git/mirror/bare-repository.ts",
  "storage/git/mirror/followed-commits.ts",
  "controllers/shared/for-each.ts",
]);
/** How many callers identify a call site. */
const CALLERS = 2;

/**
 * Where a source file begins in a bundle: its first line, and its path below src; the path is empty where the code is
 * not the operator's. A bundle's files are in the order of their lines.
 */
export type BundledFile = readonly [line: number, file: string];

export interface CallSite {
  /** `git push @ storage/git/push/push.ts push < storage/git/push/batch-runner.ts #attempt` */
  readonly site: string;
  /** `line:column` in the bundle of every frame of the stack, innermost first. */
  readonly places: readonly string[];
}

/**
 * Names the place in the operator's code that causes an effect by the functions that call it. V8 keeps the callers
 * that await it (`at async …`), so the name is the same before and after an effect.
 * @param stack of an error that was created in the failpoint hook of a bundled operator
 */
export function callSite(effect: string, stack: string, files: readonly BundledFile[]): CallSite {
  const frames = stack.split("\n").flatMap((frame) => {
    const [, name = "", line = "", column = ""] =
      /^\s*at (?:async )?(.*?) ?\(?file:[^()]*:(\d+):(\d+)\)?$/.exec(frame) ?? [];
    const file = files.findLast(([first]) => first <= Number(line))?.[1] ?? "";
    return file === "" ? [] : [{ name: name.replace(/^.*[.]/, ""), file, place: `${line}:${column}` }];
  });
  const callers = frames.filter(({ name, file }) => name !== "" && name !== "<anonymous>" && !CARRIERS.has(file));
  const names = callers.map(({ name, file }) => `${file} ${name}`);
  // A function that was called and then awaited is in both halves of the stack.
  const distinct = names.filter((name, index) => name !== names[index - 1]);
  return {
    site: `${effect} @ ${distinct.slice(0, CALLERS).join(" < ")}`,
    places: frames.map(({ place }) => place),
  };
}
