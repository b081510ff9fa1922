import { FunctionLimitExceeded } from "../core/ports/function-runtime.ts";

/** What one run of a function may use. */
export interface ProgramLimits {
  readonly timeMs: number;
  readonly memoryBytes: number;
  /** Bytes of stdout. */
  readonly outputBytes: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_PROGRAM_LIMITS: ProgramLimits = {
  timeMs: 30_000,
  memoryBytes: 256 * MIB,
  outputBytes: 32 * MIB,
};

/** Bytes of stderr that are kept. */
export const MAX_STDERR = 16 * 1024;

/** The runtime of a language that has no more memory writes one of these. */
const OUT_OF_MEMORY =
  /\bout of memory\b|cannot allocate memory|\bmemory allocation of \d+ bytes failed|\bMemoryError\b/i;

/** True for the last words of a program that has no more memory. */
export function saysOutOfMemory(text: string): boolean {
  return OUT_OF_MEMORY.test(text);
}

export function tooSlow({ timeMs }: ProgramLimits): FunctionLimitExceeded {
  return new FunctionLimitExceeded(`was ended after ${timeMs / 1000} s, its limit of time`);
}

export function tooMuchOutput({ outputBytes }: ProgramLimits): FunctionLimitExceeded {
  return new FunctionLimitExceeded(`was ended: it wrote more than ${outputBytes} bytes, its limit of output`);
}

export function tooMuchMemory({ memoryBytes }: ProgramLimits): FunctionLimitExceeded {
  return new FunctionLimitExceeded(`was ended: it needs more than ${Math.floor(memoryBytes / MIB)} MiB of memory`);
}
