import { readFile } from "node:fs/promises";
import type { OperatorProcess } from "./operator.ts";
import { signalProcess } from "./processes.ts";
import { waitUntil } from "./wait.ts";

/** Node's inspector in the running operator. */
export interface Inspector {
  /** Asks by the Chrome DevTools protocol, and fails where that fails. */
  send<T>(method: string, params?: object): Promise<T>;
  close(): void;
}

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

export async function openInspector(operator: OperatorProcess): Promise<Inspector> {
  const socket = new WebSocket(await findInspector(operator));
  const waiting = new Map<number, (answer: Answer) => void>();
  socket.addEventListener("message", ({ data }) => {
    const answer = JSON.parse(String(data)) as Answer;
    waiting.get(answer.id ?? 0)?.(answer);
    waiting.delete(answer.id ?? 0);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", reject);
  });
  let asked = 0;
  return {
    send: async <T>(method: string, params: object = {}): Promise<T> => {
      const id = ++asked;
      const answer = new Promise<Answer>((resolve) => waiting.set(id, resolve));
      socket.send(JSON.stringify({ id, method, params }));
      const { error, result } = await answer;
      if (error !== undefined) throw new Error(`${method}: ${error.message}`);
      return result as T;
    },
    close: () => socket.close(),
  };
}

/** SIGUSR1 opens the inspector on loopback; the log says where. */
async function findInspector(operator: OperatorProcess): Promise<string> {
  const find = async () =>
    [...(await readFile(operator.logFile, "utf8")).matchAll(/^Debugger listening on (ws:\S+)/gm)].at(-1)?.[1];
  const open = await find();
  if (open !== undefined) return open;
  signalProcess(operator.ref, "SIGUSR1");
  return await waitUntil("the operator's inspector listens", find);
}
