import { readFileSync } from "node:fs";

/**
 * Preloaded (`node --import`), it shifts the process's date by the milliseconds in the file `?file=`, which it reads
 * again on SIGUSR2. Monotonic clocks are unchanged, as when a machine's clock is set.
 */
const file = new URL(import.meta.url).searchParams.get("file") ?? "";
const read = () => Number(readFileSync(file, "utf8"));
let offset = read();
process.on("SIGUSR2", () => {
  offset = read();
});

const Real = Date;
const now = () => Real.now() + offset;

globalThis.Date = new Proxy(Real, {
  construct: (target, parameters: [], self) =>
    Reflect.construct(target, parameters.length === 0 ? [now()] : parameters, self),
  apply: () => new Real(now()).toString(),
  get: (target, property) => (property === "now" ? now : Reflect.get(target, property)),
});
