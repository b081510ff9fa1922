import { KeyError } from "./openssh-key.ts";
import { decodePublicKey, KEY_TYPES, type PublicKeyText } from "./public-key.ts";

const MAX_TEXT = 256 * 1024;
const MAX_KEYS = 1000;
/** `[principals] [options] type base64 [comment]`: `authorized_keys`, `*.pub` and allowed signers (ssh-keygen(1)). */
const LINE =
  /^(?<prefix>.*?)(?<type>(?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[a-z0-9@.-]{1,40}) +(?<key>[A-Za-z0-9+/]+=*)(?: .*)?$/;
const PREFIX = /^(?:[^\s"]+ +)?(?:namespaces="(?<namespaces>[^"]*)" +)?$/;

/**
 * The public keys of a text of lines as `authorized_keys`, `*.pub` files and allowed-signers files have them; empty
 * lines and comments are left out. Throws `KeyError`, whose message names the line and quotes nothing of it.
 */
export function parsePublicKeys(text: string): readonly PublicKeyText[] {
  if (text.length > MAX_TEXT) throw new KeyError(`it is longer than ${MAX_TEXT} characters`);
  if (text.includes("-----BEGIN PGP")) throw new KeyError("it is an OpenPGP key, and only ssh keys are supported");
  if (text.includes("PRIVATE KEY-----")) {
    throw new KeyError("it is a private key: replace the key, which others may have read, and put its public key here");
  }
  const lines = text.split("\n").map((line) => line.trim().replaceAll("\t", " "));
  const keys = lines.flatMap((line, index) => {
    if (line === "" || line.startsWith("#")) return [];
    const key = parseLine(line);
    if ("problem" in key) throw new KeyError(`line ${index + 1} ${key.problem}`);
    return [key.text];
  });
  if (keys.length > MAX_KEYS) throw new KeyError(`it has more than ${MAX_KEYS} keys`);
  return [...new Set(keys)];
}

function parseLine(line: string): { readonly text: PublicKeyText } | { readonly problem: string } {
  const { prefix = "", type = "", key = "" } = LINE.exec(line)?.groups ?? {};
  if (key === "")
    return { problem: `is not a public key: [principals] type key, with a type of ${KEY_TYPES.join(", ")}` };
  if (!KEY_TYPES.includes(type))
    return { problem: `has a key of a type that is not supported: use ${KEY_TYPES.join(", ")}` };
  const options = PREFIX.exec(prefix);
  // An expired key, or one of an authority, must not count as a key without limits.
  if (options === null || /(?:^|[ ,])@?(?:cert-authority|revoked)\b/.test(prefix)) {
    return {
      problem: 'has options that are not supported: at most principals and namespaces="git" may be before the type',
    };
  }
  const namespaces = options.groups?.namespaces?.split(",");
  if (namespaces !== undefined && !namespaces.includes("git")) return { problem: "has a key that is not for git" };
  const decoded = decodePublicKey(Buffer.from(key, "base64"));
  if (decoded?.type !== type) {
    return {
      problem:
        `has no valid ${type} key: it is cut, of another type, or an RSA key of less than 2048 or more than 8192 ` +
        "bits",
    };
  }
  return { text: Buffer.from(key, "base64").toString("base64") };
}
