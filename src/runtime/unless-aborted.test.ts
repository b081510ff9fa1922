import { expect, it } from "vitest";
import { unlessAborted } from "./unless-aborted.ts";

it("waits for the promise, or until the signal is aborted", async () => {
  const { signal } = new AbortController();
  const order: string[] = [];
  const work = new Promise<void>((resolve) => setImmediate(resolve)).then(() => void order.push("work"));
  await unlessAborted(signal, work);
  order.push("waited");
  expect(order).toEqual(["work", "waited"]);
  const controller = new AbortController();
  const waiting = unlessAborted(controller.signal, new Promise(() => {}));
  controller.abort();
  await waiting;
  await unlessAborted(controller.signal, new Promise(() => {}));
  // An unhandled rejection would fail the run.
  const late = new Promise((_, reject) => setImmediate(() => reject(new Error("late"))));
  await unlessAborted(controller.signal, late);
  await expect(late).rejects.toThrow("late");
});

it("rejects as the promise does", async () => {
  await expect(unlessAborted(new AbortController().signal, Promise.reject(new Error("no")))).rejects.toThrow("no");
});
