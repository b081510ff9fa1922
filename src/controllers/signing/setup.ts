import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "../../runtime/log.ts";
import type { Runnable } from "../../runtime/manager.ts";
import { Keyring } from "../../storage/git/signing/keyring.ts";
import { KeyError } from "../../storage/git/signing/openssh-key.ts";
import { EventChannel } from "../shared/event-channel.ts";
import { SigningKeys, type SigningKeysOptions } from "./signing-keys.ts";

/** Other signatures count than before: what was read must be read again. */
export interface KeysChanged {
  readonly kind: "keysChanged";
}

export interface SigningOptions extends SigningKeysOptions {
  readonly log: Logger;
  readonly onError: (error: unknown) => void;
  /** How often the Secret and the ConfigMap are read; 30 s by default. */
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
export function setupSigning({ log, onError, intervalMs = DEFAULT_INTERVAL_MS, ...options }: SigningOptions): Signing {
  const keys = new SigningKeys(options);
  const channel = new EventChannel<KeysChanged>(onError);
  const keyring: Keyring = new Keyring(async () => {
    const known = await keys.readKnown();
    if (known !== undefined && keyring.setKnown(known)) channel.emit({ kind: "keysChanged" });
  });
  const stopped = new AbortController();
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
    running = follow();
  };

  const follow = async () => {
    while (await elapsed(intervalMs, stopped.signal)) {
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
    await running;
  };
  return { keyring, channel, runnable: { name: "signing keys", start, stop } };
}

/** False: the signal was aborted first. */
async function elapsed(ms: number, signal: AbortSignal): Promise<boolean> {
  return await delay(ms, true, { signal, ref: false }).catch(() => false);
}
