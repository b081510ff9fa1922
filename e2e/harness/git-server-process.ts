import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Credentials } from "./git-server.ts";
import { createGuard } from "./guard.ts";
import { endProcess, isRunning, type Launched, launchProcess, type ProcessRef } from "./processes.ts";
import { randomPassword } from "./random-password.ts";
import { waitUntil } from "./wait.ts";

export interface GitServerProcess {
  readonly port: number;
  readonly root: string;
  readonly credentials: Credentials;
  readonly ref: ProcessRef;
  /** Lets the server outlive this process. Until then it ends with it. */
  detach(): void;
}

/**
 * Starts the git server as a process with its data below `dir`, on this port if it is free. The password is generated
 * at the first start and kept.
 */
export async function startGitServerProcess(dir: string, port = 0): Promise<GitServerProcess> {
  const root = join(dir, "repositories");
  const credentialsFile = join(dir, "git-credentials.json");
  const credentials = await ensureCredentials(credentialsFile);
  const ready = join(dir, "git-server-ready.json");
  await rm(ready, { force: true });
  const launched = await launchProcess({
    command: process.execPath,
    args: [
      join(import.meta.dirname, "git-server-main.ts"),
      ...["--root", root, "--credentials", credentialsFile, "--port", String(port), "--ready", ready],
    ],
    logFile: join(dir, "logs", "git-server.log"),
  });
  const guard = createGuard();
  guard.watch(launched.ref);
  const detach = (): void => {
    guard.release(launched.ref);
    guard.close();
  };
  try {
    return { port: await waitForPort(launched, ready), root, credentials, ref: launched.ref, detach };
  } catch (error) {
    await endProcess(launched.ref);
    detach();
    if (port !== 0 && launched.logTail().includes("EADDRINUSE")) return startGitServerProcess(dir);
    throw error;
  }
}

async function waitForPort(launched: Launched, ready: string): Promise<number> {
  const port = await waitUntil("the git server listens", async () =>
    isRunning(launched.ref) ? (JSON.parse(await readFile(ready, "utf8")) as { port: number }).port : -1,
  );
  if (port < 0) throw new Error(`the git server ended before it listened:\n${launched.logTail()}`);
  return port;
}

async function ensureCredentials(file: string): Promise<Credentials> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Credentials;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const credentials = { user: "pkgserver", password: randomPassword() };
  await writeFile(file, JSON.stringify(credentials), { mode: 0o600 });
  return credentials;
}
