import type { KeyObject } from "node:crypto";
import type { ObjectFormat } from "../../../core/identity/oid.ts";
import { parsePrivateKey, publicKeyOf } from "./private-key.ts";
import type { PublicKeyText } from "./public-key.ts";
import { signCommit } from "./signed-object.ts";
import { signerOf } from "./signer-of.ts";
import { signSsh } from "./sshsig.ts";

/** Signs the objects that the operator writes, and recognizes them when they are read. */
export interface GitSigning {
  /** The bytes of a signed object, of those of an unsigned one. Throws if there is no key yet. */
  sign(type: "commit" | "tag", object: Buffer, format: ObjectFormat): Buffer;
  /** True if the object has a valid signature of a known key. May ask for keys that became known. */
  isSigned(type: "commit" | "tag", object: Buffer, format: ObjectFormat): Promise<boolean>;
}

/** Public keys that are asked for; more are forgotten and asked for again. */
const MAX_UNKNOWN = 1000;

/**
 * The operator's key, and the public keys whose signatures count: its own, the retired ones, those of other replicas.
 */
export class Keyring implements GitSigning {
  #own: { readonly key: KeyObject; readonly publicKey: Buffer } | undefined;
  #known: ReadonlySet<PublicKeyText> = new Set();
  readonly #unknown = new Set<PublicKeyText>();
  readonly #reload: () => Promise<void>;
  #reloading: Promise<void> = Promise.resolve();
  /** A reload that has not begun yet. */
  #nextReload: Promise<void> | undefined;

  /**
   * @param reload calls `setKnown` with the keys that are known now. Called for each unknown key: another replica may
   *   have begun to use a new one. It publishes the key before that.
   */
  constructor(reload: () => Promise<void> = async () => {}) {
    this.#reload = reload;
  }

  /** The public key of the operator's key. Throws `KeyError` for an unusable private key. */
  static publicKeyOf(privateKey: string): PublicKeyText {
    return publicKeyOf(parsePrivateKey(privateKey)).toString("base64");
  }

  /** The key to sign with from now on. Its signatures count as those of a known key. Throws `KeyError`. */
  use(privateKey: string): void {
    const key = parsePrivateKey(privateKey);
    this.#own = { key, publicKey: publicKeyOf(key) };
  }

  /** The keys whose signatures count. */
  get known(): readonly PublicKeyText[] {
    const own = this.#own?.publicKey.toString("base64");
    return [...new Set([...this.#known, ...(own === undefined ? [] : [own])])];
  }

  /** Replaces the known keys. True if they are others than before. */
  setKnown(keys: readonly PublicKeyText[]): boolean {
    const known = new Set(keys);
    const changed = known.symmetricDifference(this.#known).size > 0;
    this.#known = known;
    if (changed) this.#unknown.clear();
    return changed;
  }

  sign(type: "commit" | "tag", object: Buffer, format: ObjectFormat): Buffer {
    if (this.#own === undefined) throw new Error("there is no key to sign with");
    const signature = signSsh(this.#own.key, this.#own.publicKey, object);
    return type === "commit" ? signCommit(object, signature, format) : Buffer.concat([object, Buffer.from(signature)]);
  }

  async isSigned(type: "commit" | "tag", object: Buffer, format: ObjectFormat): Promise<boolean> {
    const signer = signerOf(type, object, format);
    if (signer.kind !== "signed") return false;
    return this.#isKnown(signer.key) || (await this.#becameKnown(signer.key));
  }

  #isKnown(key: PublicKeyText): boolean {
    return this.#known.has(key) || this.#own?.publicKey.toString("base64") === key;
  }

  async #becameKnown(key: PublicKeyText): Promise<boolean> {
    if (this.#unknown.has(key)) return false;
    await this.#reloadOnce();
    if (this.#isKnown(key)) return true;
    if (this.#unknown.size >= MAX_UNKNOWN) this.#unknown.clear();
    this.#unknown.add(key);
    return false;
  }

  /** One at a time. All that ask before it begins share it; one that has begun may have read the keys too early. */
  async #reloadOnce(): Promise<void> {
    this.#nextReload ??= this.#reloading
      .catch(() => {})
      .then(async () => {
        this.#nextReload = undefined;
        this.#reloading = this.#reload();
        await this.#reloading;
      });
    await this.#nextReload;
  }
}
