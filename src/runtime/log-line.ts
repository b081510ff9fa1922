import type { Redactor } from "./redactor.ts";

/** Values to print with a message. An Error is printed with its stack and causes. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Characters of a line, before its secrets are replaced; each value in it counts as one at least. */
export const MAX_LINE = 64 * 1024;

/** In place of a line that cannot be rendered. It has nothing of the line, which may contain a secret. */
const UNPRINTABLE = JSON.stringify({ level: "error", msg: "a line of the log could not be printed" });

export interface LogLine {
  readonly ts: () => string;
  readonly level: string;
  readonly msg: unknown;
  readonly fields: LogFields;
}

/**
 * One line of JSON without secrets. Never throws: a line with fields that are too long, or that JSON cannot represent
 * (circular, a getter that throws), is printed without them.
 */
export function renderLine({ ts, level, msg, fields }: LogLine, redactor: Redactor): string {
  try {
    return stringify({ ts: ts(), level, msg, ...fields }, redactor);
  } catch (error) {
    try {
      const logError = error instanceof Error ? error.message : "";
      return stringify({ ts: ts(), level, logError, msg }, redactor);
    } catch {
      return UNPRINTABLE;
    }
  }
}

function stringify(line: LogFields, redactor: Redactor): string {
  let left = MAX_LINE;
  return JSON.stringify(line, (key, value: unknown) => {
    left -= key.length + 1;
    // Without this, an array of millions of numbers, or two errors that are each other's cause, would be a line.
    if (left <= 0) throw new Error(`the fields have more than ${MAX_LINE} characters`);
    switch (typeof value) {
      case "string": {
        // At most half of the rest, so that what follows a long message is printed as well.
        const max = Math.min(value.length, Math.ceil(left / 2));
        left -= max;
        return redactor.redact(value, max);
      }
      case "bigint":
        return value.toString();
      case "object":
        return value === null || Array.isArray(value) ? value : withoutSecretKeys(value, redactor);
      default:
        return value;
    }
  });
}

function withoutSecretKeys(value: object, redactor: Redactor): object {
  const object = value instanceof Error ? describeError(value) : value;
  const keys = Object.keys(object);
  const shown = keys.map((key) => redactor.redact(key, MAX_LINE));
  // A copy would hide from JSON.stringify that an object contains itself.
  if (shown.every((key, at) => key === keys[at])) return object;
  return Object.fromEntries(Object.values(object).map((one, at) => [shown[at] ?? "", one]));
}

/** The properties of an Error are not enumerable: JSON would print `{}`. */
function describeError(error: Error): LogFields {
  const { name, message, stack, cause } = error;
  const causes = error instanceof AggregateError ? { errors: error.errors } : {};
  return { ...error, name, message, stack, ...(cause !== undefined && { cause }), ...causes };
}
