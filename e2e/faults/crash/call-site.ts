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

/**
 * Names the place in the operator's code that causes an effect by the functions that lead there, and lists the lines. V8 keeps the
 * callers that wait for it (`at async …`), so that before and after an effect it is the same.
 * @param stack of an error that was made in the hook
 */
export function callSite(effect: string, stack: string): { readonly site: string; readonly lines: readonly string[] } {
  const frames = stack.split("\n").flatMap((line) => {
    const [, name = "", file = "", at = ""] =
      /^\s*at (?:async )?(.*?) ?\(?(?:file:\/\/)?[^\s(]*\/src\/([^:]+):(\d+):\d+\)?$/.exec(line) ?? [];
    return file === "" || file === "compose.ts" ? [] : [{ name: name.replace(/^.*[.]/, ""), file, at }];
  });
  const callers = frames.filter(({ name, file }) => name !== "<anonymous>" && !CARRIERS.has(file));
  const names = callers.map(({ name, file }) => `${file} ${name}`);
  // A function that was called and then waited for is in both halves of the stack.
  const distinct = names.filter((name, index) => name !== names[index - 1]);
  return {
    site: `${effect} @ ${distinct.slice(0, CALLERS).join(" < ")}`,
    lines: frames.map(({ file, at }) => `${file}:${at}`),
  };
}
