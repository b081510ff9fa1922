import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openInspector } from "../harness/inspector.ts";
import type { OperatorProcess } from "../harness/operator.ts";

/**
 * Starts a CPU profile of the running operator. The returned function stops it and writes `NAME.cpuprofile`, a format
 * of browsers' and editors' tools.
 */
export async function startProfile(operator: OperatorProcess, dir: string, name: string): Promise<() => Promise<void>> {
  const inspector = await openInspector(operator);
  await inspector.send("Profiler.enable");
  await inspector.send("Profiler.start");
  return async () => {
    const { profile } = await inspector.send<{ profile: unknown }>("Profiler.stop");
    inspector.close();
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, `${name}.cpuprofile`), JSON.stringify(profile));
  };
}
