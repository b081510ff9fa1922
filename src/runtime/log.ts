import type { Writable } from "node:stream";
import { createLogger, format, transports } from "winston";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Values to print with a message. An Error is printed with its stack and causes. */
export type LogFields = Readonly<Record<string, unknown>>;

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
   * text that was registered twice is redacted until both are called.
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
const MIN_SECRET_LENGTH = 4;

/** Writes JSON lines `{ts, level, msg, …fields}`. */
export function createLog(options: LogOptions = {}): RootLogger {
  const now = options.now ?? (() => new Date());
  const redactor = new Redactor();
  const print = format((entry) => {
    const { level, message, fields } = entry;
    const line = { ts: now().toISOString(), level, msg: message, ...(fields as LogFields) };
    entry[MESSAGE] = stringify(line, redactor);
    return entry;
  });
  const winston = createLogger({
    level: options.level ?? "info",
    levels: LEVELS,
    format: print(),
    transports: [new transports.Stream({ stream: options.stream ?? process.stdout, eol: "\n" })],
  });
  // The fields are passed under one key: winston would append a field called `message` to the message.
  const write = (level: LogLevel, message: string, fields: LogFields) => void winston.log({ level, message, fields });
  return {
    ...bind(write, {}),
    setLevel: (level) => {
      winston.level = level;
    },
    registerSecret: (value) => redactor.add(value),
  };
}

function bind(write: (level: LogLevel, message: string, fields: LogFields) => void, bound: LogFields): Logger {
  return {
    debug: (message, fields) => write("debug", message, { ...bound, ...fields }),
    info: (message, fields) => write("info", message, { ...bound, ...fields }),
    warn: (message, fields) => write("warn", message, { ...bound, ...fields }),
    error: (message, fields) => write("error", message, { ...bound, ...fields }),
    child: (fields) => bind(write, { ...bound, ...fields }),
  };
}

function stringify(line: LogFields, redactor: Redactor): string {
  try {
    return JSON.stringify(line, (_, value: unknown) => {
      if (typeof value === "string") return redactor.redact(value);
      if (typeof value === "bigint") return value.toString();
      return value instanceof Error ? describeError(value) : value;
    });
  } catch (error) {
    // A circular field: the message is printed without its fields.
    const { ts, level, msg } = line;
    return stringify({ ts, level, msg, logError: error instanceof Error ? error.message : "" }, redactor);
  }
}

/** The properties of an Error are not enumerable: JSON would print `{}`. */
function describeError(error: Error): LogFields {
  const { name, message, stack, cause } = error;
  const causes = error instanceof AggregateError ? { errors: error.errors } : {};
  return { ...error, name, message, stack, ...(cause !== undefined && { cause }), ...causes };
}

class Redactor {
  /** Form of a secret → how many registrations it has. */
  readonly #uses = new Map<string, number>();
  #pattern: RegExp | undefined;

  add(value: string): () => void {
    if (value.length < MIN_SECRET_LENGTH) return () => {};
    const forms = new Set([value, encodeURIComponent(value), Buffer.from(value).toString("base64")]);
    for (const form of forms) this.#uses.set(form, (this.#uses.get(form) ?? 0) + 1);
    this.#compile();
    let registered = true;
    return () => {
      if (!registered) return;
      registered = false;
      for (const form of forms) this.#release(form);
      this.#compile();
    };
  }

  redact(text: string): string {
    return this.#pattern === undefined ? text : text.replace(this.#pattern, "[redacted]");
  }

  #release(form: string): void {
    const left = (this.#uses.get(form) ?? 1) - 1;
    if (left === 0) this.#uses.delete(form);
    else this.#uses.set(form, left);
  }

  #compile(): void {
    // Longest first, so that a secret that contains another is redacted as a whole.
    const forms = [...this.#uses.keys()].sort((a, b) => b.length - a.length);
    this.#pattern =
      forms.length === 0 ? undefined : new RegExp(forms.map((form) => RegExp.escape(form)).join("|"), "g");
  }
}
