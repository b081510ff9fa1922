import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "../../runtime/log.ts";
import type { Runnable } from "../../runtime/manager.ts";
import { Keyring } from "../../storage/git/signing/keyring.ts";
import { KeyError } from "../../storage/git/signing/openssh-key.ts";
import { EventChannel } from "../shared/event-channel.ts";
import { SigningKeys, type SigningKeysOptions } from "./signing-keys.ts";
import type { KeyWatch } from "./watches.ts";

/** Other signatures count than before: what was read must be read again. */
export interface KeysChanged {
  readonly kind: "keysChanged";
}

export interface SigningOptions extends SigningKeysOptions {
  readonly log: Logger;
  readonly onError: (error: unknown) => void;
  /** A change that one of them reports is read at once. */
  readonly watches?: readonly KeyWatch[];
  /** How often the Secret and the ConfigMap are read without a reported change; 30 s by default. */
  readonly intervalMs?: number;
}

export interface Signing {
  readonly keyring: Keyring;
  readonly channel: EventChannel<KeysChanged>;
  /** Its start resolves when there is a key, and fails if the Secret's key cannot be used. */
  readonly runnable: Runnable;
}

const DEFAULT_INTERVAL_MS = 30_000;
const RETRY_MS = 1_000;

/** Keeps the key ring equal to the Secret and the ConfigMap. A replaced key is used without a restart. */
export function setupSigning(options: SigningOptions): Signing {
  const { log, onError, watches = [], intervalMs = DEFAULT_INTERVAL_MS } = options;
  const keys = new SigningKeys(options);
  const channel = new EventChannel<KeysChanged>(onError);
  const keyring: Keyring = new Keyring(async () => {
    const known = await keys.readKnown();
    if (known !== undefined && keyring.setKnown(known)) channel.emit({ kind: "keysChanged" });
  });
  const stopped = new AbortController();
  const changed = new Latch();
  let running: Promise<void> = Promise.resolve();

  const start = async (stopping: AbortSignal) => {
    for (;;) {
      try {
        await keys.load(keyring);
        break;
      } catch (error) {
        if (error instanceof KeyError) throw error;
        onError(error);
        await delay(RETRY_MS, undefined, { signal: stopping });
      }
    }
    for (const watch of watches) {
      watch.onChange(() => changed.open());
      watch.start();
    }
    running = follow();
  };

  const follow = async () => {
    while (await changed.wait(intervalMs, stopped.signal)) {
      try {
        if (!(await keys.load(keyring))) continue;
        log.info("the keys of signatures have changed");
        channel.emit({ kind: "keysChanged" });
      } catch (error) {
        // The key that is in use stays in use.
        onError(error);
      }
    }
  };

  const stop = async () => {
    stopped.abort();
    await Promise.all([running, ...watches.map((watch) => watch.stop())]);
  };
  return { keyring, channel, runnable: { name: "signing keys", start, stop } };
}

/** Opened by a change, closed when a wait for it ends: a change during the read ends the next wait at once. */
class Latch {
  #opened = Promise.withResolvers<void>();

  open(): void {
    this.#opened.resolve();
  }

  /** Waits until it is open, at most this long. False: the signal was aborted first. */
  async wait(ms: number, signal: AbortSignal): Promise<boolean> {
    const ended = new AbortController();
    const limit = delay(ms, undefined, { signal: AbortSignal.any([signal, ended.signal]), ref: false }).catch(() => {});
    await Promise.race([this.#opened.promise, limit]);
    ended.abort();
    this.#opened = Promise.withResolvers();
    return !signal.aborted;
  }
}
