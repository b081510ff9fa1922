import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { OperatorProcess } from "../harness/operator.ts";
import { signalProcess } from "../harness/processes.ts";
import { waitUntil } from "../harness/wait.ts";

interface Answer {
  readonly id?: number;
  readonly result?: { readonly profile?: unknown };
  readonly error?: { readonly message: string };
}

/** Takes a CPU profile of the running operator; `stop` writes `NAME.cpuprofile`, which browsers and editors open. */
export async function startProfile(operator: OperatorProcess, dir: string, name: string): Promise<() => Promise<void>> {
  const socket = new WebSocket(await openInspector(operator));
  const waiting = new Map<number, (answer: Answer) => void>();
  socket.addEventListener("message", ({ data }) => {
    const answer = JSON.parse(String(data)) as Answer;
    waiting.get(answer.id ?? 0)?.(answer);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", reject);
  });
  let asked = 0;
  const ask = async (method: string): Promise<Answer> => {
    const id = ++asked;
    const answer = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    socket.send(JSON.stringify({ id, method }));
    const { error, ...rest } = await answer;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return rest;
  };
  await ask("Profiler.enable");
  await ask("Profiler.start");
  return async () => {
    const { result } = await ask("Profiler.stop");
    socket.close();
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, `${name}.cpuprofile`), JSON.stringify(result?.profile));
  };
}

/** SIGUSR1 opens Node's inspector on loopback; the log says where. */
async function openInspector(operator: OperatorProcess): Promise<string> {
  const find = async () =>
    [...(await readFile(operator.logFile, "utf8")).matchAll(/^Debugger listening on (ws:\S+)/gm)].at(-1)?.[1];
  const open = await find();
  if (open !== undefined) return open;
  signalProcess(operator.ref, "SIGUSR1");
  return await waitUntil("the operator's inspector listens", find);
}
