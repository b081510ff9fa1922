import { OPERATOR } from "../../core/identity/person.ts";
import type { ResourcesClient } from "../../core/ports/resources-client.ts";
import { ignoreNotFound, isAlreadyExists, isConflict } from "../../kube/client/errors.ts";
import { allowedSigner, parseAllowedSigners } from "../../storage/git/signing/allowed-signers.ts";
import { Keyring } from "../../storage/git/signing/keyring.ts";
import { KeyError } from "../../storage/git/signing/openssh-key.ts";
import { generatePrivateKey } from "../../storage/git/signing/private-key.ts";
import { type ConfigMap, configMaps, type Secret, secrets } from "../shared/kinds.ts";

/** The ConfigMap of the public keys, in the operator's namespace, and its key. */
export const ALLOWED_SIGNERS = { name: "pkgserver-allowed-signers", key: "allowed_signers" } as const;
/** The private key in the Secret, as in every Secret of the type `kubernetes.io/ssh-auth`. */
export const PRIVATE_KEY = "ssh-privatekey";
/** Replicas that start together write the ConfigMap at the same time. */
const MAX_WRITE_ATTEMPTS = 10;

export interface SigningKeysOptions {
  readonly client: Pick<ResourcesClient, "get" | "create" | "update">;
  /** The operator's own namespace. */
  readonly namespace: string;
  /** The Secret of the private key. */
  readonly secretName: string;
}

/**
 * The keys of signatures in the cluster: the private key in a Secret, which is created if there is none, and the public
 * keys, retired ones included, in a ConfigMap in the format of an allowed-signers file. All replicas share them. Throws
 * `KeyError` for an unusable Secret, and `ApiError` and `ConnectionError`.
 */
export class SigningKeys {
  readonly #options: SigningKeysOptions;

  constructor(options: SigningKeysOptions) {
    this.#options = options;
  }

  /**
   * Puts the Secret's key and the public keys into the key ring. A new key is published before it is used, so that no
   * replica meets a signature of a key that it cannot know. True if other keys are known than before.
   */
  async load(keyring: Keyring): Promise<boolean> {
    const privateKey = await this.#readPrivateKey();
    const known = await this.#publish(this.#parse(privateKey), keyring.known);
    keyring.use(privateKey);
    return keyring.setKnown(known);
  }

  /** The public keys that the ConfigMap has now; undefined while it is missing: the next `load` creates it again. */
  async readKnown(): Promise<readonly string[] | undefined> {
    const configMap = await this.#readConfigMap();
    return configMap && keysOf(configMap);
  }

  #parse(privateKey: string): string {
    try {
      return Keyring.publicKeyOf(privateKey);
    } catch (error) {
      throw error instanceof KeyError ? this.#unusable(error.message) : error;
    }
  }

  #unusable(why: string): KeyError {
    const { namespace, secretName } = this.#options;
    return new KeyError(`the key ${PRIVATE_KEY} of Secret ${namespace}/${secretName} cannot be used: ${why}`);
  }

  async #readPrivateKey(): Promise<string> {
    const secret = (await this.#readSecret()) ?? (await this.#createSecret());
    const encoded = secret.data?.[PRIVATE_KEY];
    if (encoded === undefined) throw this.#unusable("it is missing");
    return Buffer.from(encoded, "base64").toString();
  }

  async #readSecret(): Promise<Secret | undefined> {
    const { client, namespace, secretName: name } = this.#options;
    return await ignoreNotFound(client.get(secrets, { namespace, name }));
  }

  /** Of two replicas that start together one creates it, and both use that one. */
  async #createSecret(): Promise<Secret> {
    const { client, namespace, secretName: name } = this.#options;
    const data = { [PRIVATE_KEY]: Buffer.from(generatePrivateKey()).toString("base64") };
    try {
      return await client.create(secrets, { metadata: { namespace, name }, type: "kubernetes.io/ssh-auth", data });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      return await client.get(secrets, { namespace, name });
    }
  }

  async #readConfigMap(): Promise<ConfigMap | undefined> {
    const { client, namespace } = this.#options;
    return await ignoreNotFound(client.get(configMaps, { namespace, name: ALLOWED_SIGNERS.name }));
  }

  /**
   * Adds a public key to the ConfigMap, and returns all that it has. Other lines stay as they are. A ConfigMap that is
   * missing was lost, by a restore of etcd for example, and gets the keys that were known.
   */
  async #publish(key: string, before: readonly string[]): Promise<readonly string[]> {
    const { client, namespace } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const present = await this.#readConfigMap();
      const known = keysOf(present);
      if (known.includes(key)) return known;
      const added = present === undefined ? [...new Set([...before, key])] : [key];
      const signers = added.map((one) => allowedSigner(OPERATOR.email, one));
      const lines = [textOf(present).trimEnd(), ...signers].filter((line) => line !== "");
      const data = { ...present?.data, [ALLOWED_SIGNERS.key]: `${lines.join("\n")}\n` };
      try {
        if (present === undefined) {
          await client.create(configMaps, { metadata: { namespace, name: ALLOWED_SIGNERS.name }, data });
        } else await client.update(configMaps, { ...present, data });
        return [...known, ...added];
      } catch (error) {
        if (attempt >= MAX_WRITE_ATTEMPTS || !(isConflict(error) || isAlreadyExists(error))) throw error;
      }
    }
  }
}

function textOf(configMap: ConfigMap | undefined): string {
  return configMap?.data?.[ALLOWED_SIGNERS.key] ?? "";
}

function keysOf(configMap: ConfigMap | undefined): readonly string[] {
  return parseAllowedSigners(textOf(configMap));
}
