import { readFile } from "node:fs/promises";
import type { OperatorProcess } from "./operator.ts";
import { signalProcess } from "./processes.ts";
import { waitUntil } from "./wait.ts";

/** Node's inspector in the running operator. */
export interface Inspector {
  /** Calls a method of the Chrome DevTools protocol. Throws an Error with its message. */
  send<T>(method: string, params?: object): Promise<T>;
  close(): void;
}

interface Response {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

export async function openInspector(operator: OperatorProcess): Promise<Inspector> {
  const socket = new WebSocket(await findInspector(operator));
  const waiting = new Map<number, (response: Response) => void>();
  socket.addEventListener("message", ({ data }) => {
    const response = JSON.parse(String(data)) as Response;
    waiting.get(response.id ?? 0)?.(response);
    waiting.delete(response.id ?? 0);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", reject);
  });
  let lastId = 0;
  return {
    send: async <T>(method: string, params: object = {}): Promise<T> => {
      const id = ++lastId;
      const response = new Promise<Response>((resolve) => waiting.set(id, resolve));
      socket.send(JSON.stringify({ id, method, params }));
      const { error, result } = await response;
      if (error !== undefined) throw new Error(`${method}: ${error.message}`);
      return result as T;
    },
    close: () => socket.close(),
  };
}

/** SIGUSR1 opens the inspector on loopback; its URL is in the log. */
async function findInspector(operator: OperatorProcess): Promise<string> {
  const find = async () =>
    [...(await readFile(operator.logFile, "utf8")).matchAll(/^Debugger listening on (ws:\S+)/gm)].at(-1)?.[1];
  const open = await find();
  if (open !== undefined) return open;
  signalProcess(operator.ref, "SIGUSR1");
  return await waitUntil("the operator's inspector listens", find);
}
