import { describeError, type HttpReply, type Route, textReply } from "./http-server.ts";

/** Resolves while the component works, throws otherwise; the message of the error is shown to the client. */
export type Check = () => Promise<void> | void;

/** A check that takes longer has failed. */
const DEFAULT_TIMEOUT_MS = 2_000;

/**
 * A health endpoint such as /healthz or /readyz: 200 if all checks pass, else 503, with each check on a line, as
 * Kubernetes replies to `?verbose`.
 */
export function healthRoute(
  name: string,
  checks: Readonly<Record<string, Check>> = {},
  timeoutMs: number = DEFAULT_TIMEOUT_MS,
): Route {
  return { path: `/${name}`, handle: async () => await runChecks(name, checks, timeoutMs) };
}

async function runChecks(name: string, checks: Readonly<Record<string, Check>>, timeoutMs: number): Promise<HttpReply> {
  const all = Object.entries({ ping: () => {}, ...checks });
  const failures = await Promise.all(all.map(([, check]) => failureOf(check, timeoutMs)));
  const lines = all.map(([check], index) => {
    const failure = failures[index];
    return failure === undefined ? `[+]${check} ok` : `[-]${check} failed: ${failure}`;
  });
  const passed = failures.every((failure) => failure === undefined);
  const body = [...lines, passed ? `${name} check passed` : `${name} check failed`, ""].join("\n");
  return textReply(passed ? 200 : 503, body);
}

async function failureOf(check: Check, timeoutMs: number): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${timeoutMs} ms`), timeoutMs);
  });
  try {
    const run = (async () => await check())();
    return await Promise.race([run.then(() => undefined), tooLate]);
  } catch (error) {
    return describeError(error);
  } finally {
    clearTimeout(timer);
  }
}
