import { Readable, Writable } from "node:stream";
import type { Io } from "../context.ts";

/** A process without a terminal, whose output is collected. */
export function createIo(): Io & { readonly output: () => string; readonly errors: () => string } {
  const collect = () => {
    const chunks: string[] = [];
    const stream = new Writable({
      write: (chunk, _, done) => {
        chunks.push(String(chunk));
        done();
      },
    });
    return { stream, text: () => chunks.join("") };
  };
  const [out, errors] = [collect(), collect()];
  return {
    stdin: Readable.from([]),
    stdout: out.stream,
    stderr: errors.stream,
    env: {},
    cwd: "/",
    program: "kubectl pkg",
    now: () => 0,
    output: out.text,
    errors: errors.text,
  };
}
