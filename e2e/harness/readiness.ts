import { readFile } from "node:fs/promises";
import { get } from "node:https";
import { isRunning, type Launched } from "./processes.ts";
import { waitUntil } from "./wait.ts";

/** A program of the control plane could not listen on its port; the message is the end of its log. */
export class PortTakenError extends Error {
  override readonly name = "PortTakenError";
}

/** Four seconds on an idle machine, much longer on one that compiles at the same time. */
const READY_LIMIT_MS = 180_000;

/** Address of an API server, and the token of a user who may read namespaces. */
interface Endpoint {
  readonly caFile: string;
  readonly port: number;
  readonly token: string;
}

/**
 * Waits until the API server is ready. Throws a `PortTakenError` if a program could not listen, and an Error with the
 * end of its log if it ended otherwise.
 */
export async function waitUntilReady(endpoint: Endpoint, programs: readonly (Launched | undefined)[]): Promise<void> {
  const findEnded = (): Launched | undefined => programs.find((launched) => launched && !isRunning(launched.ref));
  // The API server creates the namespace itself, and may report ready before it exists.
  const isReady = async (): Promise<boolean> =>
    (await requestStatus(endpoint, "/readyz")) === 200 &&
    (await requestStatus(endpoint, "/api/v1/namespaces/default")) === 200;
  await waitUntil("the API server is ready", async () => findEnded() !== undefined || (await isReady()), {
    timeoutMs: READY_LIMIT_MS,
  });
  const ended = findEnded();
  if (ended === undefined) return;
  const tail = ended.logTail();
  if (tail.includes("address already in use")) throw new PortTakenError(tail);
  throw new Error(`a process of the control plane ended before it was ready:\n${tail}`);
}

/** Requires the API server's own certificate: another process may have been given its port. */
async function requestStatus({ caFile, port, token }: Endpoint, path: string): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const request = get(
    {
      host: "127.0.0.1",
      port,
      path,
      ca: await readFile(caFile),
      headers: { authorization: `Bearer ${token}` },
      timeout: 5_000,
      agent: false,
    },
    (response) => {
      response.resume();
      resolve(response.statusCode);
    },
  );
  request.on("timeout", () => request.destroy(new Error(`${path} did not answer within 5 s`)));
  request.on("error", reject);
  return promise;
}
