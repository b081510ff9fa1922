import { createPrivateKey } from "node:crypto";
import { GitError } from "../errors.ts";
import { decodeOpenSshKey, KeyError, readOpenSshKey } from "../signing/openssh-key.ts";

const PEM = /^-----BEGIN (?:(?:RSA|EC|DSA) )?PRIVATE KEY-----\n/;
const PUBLIC_KEY = /^(?:ssh-|ecdsa-|sk-)\S+ |^-----BEGIN (?:[A-Z0-9]+ )?PUBLIC KEY-----|^---- BEGIN SSH2 PUBLIC KEY/;

/**
 * The text of a private key in the form that ssh reads: without the line ends of Windows, with one at its end. Throws
 * `GitError` `InvalidSSHKey` for a text that is no private key, or one that ssh could use only with a passphrase or a
 * touch: ssh itself would say nothing, and the remote that the login is denied. What only ssh can tell, such as an
 * algorithm that it does not know, it tells when it is run. The message contains nothing of the key.
 */
export function prepareSshKey(text: string): string {
  const key = text.replaceAll("\r\n", "\n").trim();
  try {
    checkKey(key);
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    throw new GitError("InvalidSSHKey", `ssh-privatekey cannot be used: ${error.message}`);
  }
  return `${key}\n`;
}

function checkKey(key: string): void {
  const openssh = decodeOpenSshKey(key);
  if (openssh !== undefined) {
    const { type } = readOpenSshKey(openssh);
    if (type.startsWith("sk-")) throw new KeyError("it is that of a security key, which waits for a touch");
    return;
  }
  if (key === "") throw new KeyError("it is empty");
  if (PUBLIC_KEY.test(key)) throw new KeyError("it is a public key: the private one is in the file without .pub");
  if (key.startsWith("PuTTY-User-Key-File")) {
    throw new KeyError("it is in the format of PuTTY: export it as an OpenSSH key (puttygen -O private-openssh)");
  }
  if (/ENCRYPTED/.test(key)) throw new KeyError("it is encrypted: remove its passphrase (ssh-keygen -p)");
  if (!PEM.test(key)) throw new KeyError("it is neither an OpenSSH nor a PEM private key, or a part of it is missing");
  try {
    createPrivateKey(key);
  } catch {
    // The cause may quote a part of the key.
    throw new KeyError("it is not a valid private key in PEM");
  }
}
