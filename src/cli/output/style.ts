import type { Writable } from "node:stream";
import { styleText } from "node:util";

type Format = Parameters<typeof styleText>[0];

/** Colours for a person at a terminal; without one, and with NO_COLOR, texts as they are. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

export function createStyle(
  stream: Writable & { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): Style {
  // https://no-color.org: any value but the empty one.
  const isPlain = stream.isTTY !== true || (env.NO_COLOR ?? "") !== "" || env.TERM === "dumb";
  const style = (format: Format) => (text: string) =>
    isPlain ? text : styleText(format, text, { validateStream: false });
  return {
    bold: style("bold"),
    dim: style("dim"),
    red: style("red"),
    green: style("green"),
    yellow: style("yellow"),
    cyan: style("cyan"),
  };
}
