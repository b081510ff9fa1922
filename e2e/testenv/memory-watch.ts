import { openInspector } from "../harness/inspector.ts";
import type { OperatorProcess } from "../harness/operator.ts";
import { readMemory } from "../harness/process-memory.ts";

/** Measures the memory of the operator with all its children, as its container's limit counts it. */
export interface MemoryWatch {
  /** The most since the start, MiB. */
  most(): number;
  close(): void;
}

const INTERVAL_MS = 100;

export function watchMemory({ ref }: OperatorProcess): MemoryWatch {
  let most = 0;
  const measure = () => {
    most = Math.max(most, readMemory(ref.pid).anonymous);
  };
  measure();
  const timer = setInterval(measure, INTERVAL_MS).unref();
  return {
    most: () => {
      measure();
      return most;
    },
    close: () => clearInterval(timer),
  };
}

/** Memory of the operator with all its children after a garbage collection, MiB. */
export async function readRetainedMemory(operator: OperatorProcess): Promise<number> {
  const inspector = await openInspector(operator);
  try {
    await inspector.send("HeapProfiler.collectGarbage");
    return readMemory(operator.ref.pid).anonymous;
  } finally {
    inspector.close();
  }
}
