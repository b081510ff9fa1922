import type { Writable } from "node:stream";
import { createLogger, format, transports } from "winston";
import { type LogFields, renderLine } from "./log-line.ts";
import { Redactor } from "./redactor.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to every message. */
  child(fields: LogFields): Logger;
}

export interface RootLogger extends Logger {
  setLevel(level: LogLevel): void;
  /**
   * Replaces this text by `[redacted]` in all messages and fields, also its base64 and URL-encoded forms. Ignores texts
   * of less than four characters, which would match ordinary words. Returns a function that unregisters the text; a
   * text that was registered twice is redacted until both are called. Costs time and memory in proportion to the text.
   */
  registerSecret(value: string): () => void;
}

export interface LogOptions {
  readonly level?: LogLevel;
  /** Standard output if left out. */
  readonly stream?: Writable;
  readonly now?: () => Date;
}

const LEVELS: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3 };
/** Where winston expects the text of a line. */
const MESSAGE = Symbol.for("message");

/** Writes JSON lines `{ts, level, msg, …fields}`. No method of it throws, whatever the fields are. */
export function createLog(options: LogOptions = {}): RootLogger {
  const now = options.now ?? (() => new Date());
  const ts = () => now().toISOString();
  const stream = options.stream ?? process.stdout;
  const redactor = new Redactor();
  const print = format((entry) => {
    const { level, message: msg, fields } = entry;
    entry[MESSAGE] = renderLine({ ts, level, msg, fields: fields as LogFields }, redactor);
    return entry;
  });
  const winston = createLogger({
    level: options.level ?? "info",
    levels: LEVELS,
    format: print(),
    transports: [new transports.Stream({ stream, eol: "\n" })],
  });
  // The reader has closed the pipe. Without a listener, each line would be an uncaught exception.
  if (stream.listenerCount("error") === 0) stream.on("error", () => {});
  winston.on("error", () => {});
  // The fields are passed under one key: winston would append a field called `message` to the message.
  const write: Write = (level, message, bound, fields) => {
    try {
      winston.log({ level, message, fields: { ...bound, ...fields } });
    } catch {
      // A field has a getter that throws. The log is the last handler of errors: nothing can handle its own.
      if (fields !== undefined) write(level, message, bound, undefined);
    }
  };
  return {
    ...bind(write, {}),
    setLevel: (level) => {
      winston.level = level;
    },
    registerSecret: (value) => redactor.add(value),
  };
}

type Write = (level: LogLevel, message: string, bound: LogFields, fields: LogFields | undefined) => void;

function bind(write: Write, bound: LogFields): Logger {
  return {
    debug: (message, fields) => write("debug", message, bound, fields),
    info: (message, fields) => write("info", message, bound, fields),
    warn: (message, fields) => write("warn", message, bound, fields),
    error: (message, fields) => write("error", message, bound, fields),
    child: (fields) => bind(write, { ...bound, ...fields }),
  };
}
