/**
 * The longest time, in milliseconds, that work without I/O goes on before everything else gets its turn. Promises alone
 * give none: however many are awaited in a row, the event loop stands still until the last one has settled.
 */
const TURN_MS = 10;

// Bound once: whoever replaces the clock of a test does not stop everything.
const defer = setImmediate;
const now = performance.now.bind(performance);

/** When the present turn is over, in milliseconds of `now`. */
let end = 0;
let next: Promise<void> | undefined;

/** Resolves at once, or in the event loop's next turn if this one is over. */
export async function takeTurns(): Promise<void> {
  if (isOver()) await nextTurn();
}

/** Calls `work` for each item, in as many turns of the event loop as it takes. Items may change between turns. */
export async function forEachInTurns<T>(items: Iterable<T>, work: (item: T) => void): Promise<void> {
  for (const item of items) {
    if (isOver()) await nextTurn();
    work(item);
  }
}

/** Runs a generator to its end, in as many turns of the event loop as it takes: each `yield` may end one. */
export async function runInTurns<T>(steps: Generator<unknown, T>): Promise<T> {
  for (;;) {
    if (isOver()) await nextTurn();
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

function isOver(): boolean {
  return now() >= end;
}

/** All that wait go on in the same turn. */
async function nextTurn(): Promise<void> {
  next ??= new Promise((resolve) => {
    defer(() => {
      next = undefined;
      end = now() + TURN_MS;
      resolve();
    });
  });
  await next;
}
