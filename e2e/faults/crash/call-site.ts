/** What carries out effects for others, and says nothing of what they are for. */
const CARRIERS: ReadonlySet<string> = new Set([
  "kube/transport.ts",
  "kube/client.ts",
  "kube/errors.ts",
  "git/bare-repository.ts",
  "controllers/status.ts",
  "controllers/for-each.ts",
]);
/** As many callers tell one call site from another. */
const CALLERS = 2;

/** Where a source file begins in a bundle: its first line, and its name; empty for what is not the operator's. In order. */
export type BundledFile = readonly [line: number, file: string];

export interface CallSite {
  /** `git push @ git/push.ts push < git/run-batch.ts #attempt` */
  readonly site: string;
  /** `line:column` in the bundle of everything that leads there, from the effect outwards. */
  readonly places: readonly string[];
}

/**
 * Names the place in the operator's code that causes an effect by the functions that lead there. V8 keeps the callers that wait for it
 * (`at async …`), so that before and after an effect it is the same.
 * @param stack of an error that was made in the hook of a bundled operator
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
  // A function that was called and then waited for is in both halves of the stack.
  const distinct = names.filter((name, index) => name !== names[index - 1]);
  return {
    site: `${effect} @ ${distinct.slice(0, CALLERS).join(" < ")}`,
    places: frames.map(({ place }) => place),
  };
}
