import type { WasmFunction, WasmMemory, WasmModule, WebAssemblyApi } from "./web-assembly.ts";

/** A run of a module, for the thread. */
export interface WasiRun {
  readonly module: WasmModule;
  readonly stdin: Uint8Array;
  /** Bytes; a module that writes more ends. */
  readonly maxStdout: number;
  /** Bytes that are kept. */
  readonly maxStderr: number;
}

export interface WasiResult {
  readonly kind: "exited" | "trapped" | "tooMuchOutput";
  readonly exitCode: number;
  /** Of a trap. */
  readonly message: string;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** What the thread needs of `MessagePort`. */
interface Port {
  on(event: "message", listener: (run: WasiRun) => void): unknown;
  postMessage(result: WasiResult): void;
}

/**
 * Runs modules with WASI (preview 1), one after the other. A module gets stdin, stdout and stderr, which are in memory,
 * and nothing else of this process: no files, no arguments, no environment and no network. Its clock shows how often it
 * was read, and its random numbers are the same in each run: equal inputs give equal outputs.
 *
 * The text of this function is the program of the thread: it refers to nothing outside of itself. So it needs no file
 * beside a bundle, or in an executable.
 */
export function wasiThread(port: Port): void {
  const [SUCCESS, BAD_FILE, NOT_SUPPORTED, IS_PIPE] = [0, 8, 52, 70];
  const CHARACTER_DEVICE = 2;
  const CLOCK_EVENT = 0;
  /** Nanoseconds between two readings of the clock. */
  const TICK = 1000n;
  const EXIT = Symbol("exit");
  const TOO_MUCH_OUTPUT = Symbol("too much output");
  const wasm = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;

  const runOne = ({ module, stdin, maxStdout, maxStderr }: WasiRun): WasiResult => {
    let exitCode = 0;
    let read = 0;
    let time = 0n;
    let seed = 1;
    const written = { 1: [] as Uint8Array[], 2: [] as Uint8Array[] };
    const sizes = { 1: 0, 2: 0 };
    let memory = new wasm.Memory({ initial: 0 });
    const view = () => new DataView(memory.buffer);
    const set32 = (at: number, value: number) => view().setUint32(at >>> 0, value, true);
    const set64 = (at: number, value: bigint) => view().setBigUint64(at >>> 0, value, true);
    /** Copies of the buffers of a list of (address, length). */
    const buffers = (list: number, count: number) =>
      Array.from({ length: count }, (_, at) => {
        const entry = (list >>> 0) + 8 * at;
        const [start, length] = [view().getUint32(entry, true), view().getUint32(entry + 4, true)];
        return new Uint8Array(memory.buffer, start, length);
      });
    const write = (fd: 1 | 2, bytes: Uint8Array) => {
      if (fd === 1 && sizes[1] + bytes.length > maxStdout) throw TOO_MUCH_OUTPUT;
      const kept = fd === 1 ? bytes : bytes.subarray(0, Math.max(0, maxStderr - sizes[2]));
      if (kept.length > 0) written[fd].push(kept.slice());
      sizes[fd] += bytes.length;
    };
    const setToZero = (count: number, size: number) => {
      set32(count, 0);
      set32(size, 0);
      return SUCCESS;
    };
    const known: Readonly<Record<string, WasmFunction>> = {
      args_sizes_get: setToZero,
      args_get: () => SUCCESS,
      environ_sizes_get: setToZero,
      environ_get: () => SUCCESS,
      clock_res_get: (_: number, result: number) => {
        set64(result, TICK);
        return SUCCESS;
      },
      clock_time_get: (_: number, _precision: bigint, result: number) => {
        time += TICK;
        set64(result, time);
        return SUCCESS;
      },
      random_get: (at: number, length: number) => {
        const bytes = new Uint8Array(memory.buffer, at >>> 0, length >>> 0);
        for (let index = 0; index < bytes.length; index++) {
          seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
          bytes[index] = seed >>> 16;
        }
        return SUCCESS;
      },
      fd_read: (fd: number, list: number, count: number, result: number) => {
        if (fd !== 0) return BAD_FILE;
        let size = 0;
        for (const buffer of buffers(list, count)) {
          const part = stdin.subarray(read, read + buffer.length);
          buffer.set(part);
          read += part.length;
          size += part.length;
        }
        set32(result, size);
        return SUCCESS;
      },
      fd_write: (fd: number, list: number, count: number, result: number) => {
        if (fd !== 1 && fd !== 2) return BAD_FILE;
        let size = 0;
        for (const buffer of buffers(list, count)) {
          write(fd, buffer);
          size += buffer.length;
        }
        set32(result, size);
        return SUCCESS;
      },
      fd_close: (fd: number) => (fd >= 0 && fd <= 2 ? SUCCESS : BAD_FILE),
      fd_seek: (fd: number) => (fd >= 0 && fd <= 2 ? IS_PIPE : BAD_FILE),
      fd_fdstat_get: (fd: number, result: number) => {
        if (fd < 0 || fd > 2) return BAD_FILE;
        set64(result, BigInt(CHARACTER_DEVICE));
        // The rights to read and to write.
        set64(result + 8, fd === 0 ? 2n : 64n);
        set64(result + 16, 0n);
        return SUCCESS;
      },
      fd_fdstat_set_flags: (fd: number) => (fd >= 0 && fd <= 2 ? SUCCESS : BAD_FILE),
      fd_prestat_get: () => BAD_FILE,
      fd_prestat_dir_name: () => BAD_FILE,
      sched_yield: () => SUCCESS,
      /** Waiting moves the clock. */
      poll_oneoff: (list: number, result: number, count: number, events: number) => {
        for (let at = 0; at < count; at++) {
          const entry = (list >>> 0) + 48 * at;
          const [userData, kind] = [view().getBigUint64(entry, true), view().getUint8(entry + 8)];
          if (kind === CLOCK_EVENT) {
            const timeout = view().getBigUint64(entry + 24, true);
            const isAbsolute = (view().getUint16(entry + 40, true) & 1) === 1;
            const until = isAbsolute ? timeout : time + timeout;
            if (until > time) time = until;
          }
          const event = (result >>> 0) + 32 * at;
          new Uint8Array(memory.buffer, event, 32).fill(0);
          set64(event, userData);
          view().setUint8(event + 10, kind);
        }
        set32(events, count);
        return SUCCESS;
      },
      proc_exit: (code: number) => {
        exitCode = code >>> 0;
        throw EXIT;
      },
    };
    const finish = (kind: WasiResult["kind"], message = ""): WasiResult => {
      const all = (parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
      return { kind, exitCode, message, stdout: all(written[1]), stderr: all(written[2]) };
    };
    try {
      const functions: Record<string, WasmFunction> = {};
      for (const { module: from, name, kind } of wasm.Module.imports(module)) {
        if (from !== "wasi_snapshot_preview1" || kind !== "function") {
          return finish("trapped", `it imports ${from}.${name}, which is no function of WASI preview 1`);
        }
        functions[name] = (Object.hasOwn(known, name) ? known[name] : undefined) ?? (() => NOT_SUPPORTED);
      }
      const { exports } = new wasm.Instance(module, { wasi_snapshot_preview1: functions });
      if (!(exports.memory instanceof wasm.Memory) || typeof exports._start !== "function") {
        return finish("trapped", "it exports no memory and _start, as a command of WASI does");
      }
      memory = exports.memory as WasmMemory;
      exports._start();
    } catch (error) {
      if (error === TOO_MUCH_OUTPUT) return finish("tooMuchOutput");
      if (error !== EXIT) return finish("trapped", error instanceof Error ? error.message : "");
    }
    return finish("exited");
  };
  port.on("message", (run) => port.postMessage(runOne(run)));
}
