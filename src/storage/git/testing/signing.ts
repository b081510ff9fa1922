import { Keyring } from "../signing/keyring.ts";
import { generatePrivateKey } from "../signing/private-key.ts";

/** A key ring with a key of its own, by default a new one. */
export function newKeyring(privateKey = generatePrivateKey()): Keyring {
  const keyring = new Keyring();
  keyring.use(privateKey);
  return keyring;
}

/** The key of the operator in all tests of this process. */
export const testPrivateKey = generatePrivateKey();
export const testSigning = newKeyring(testPrivateKey);
