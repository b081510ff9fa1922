import { KEY_TYPE, type PublicKeyText } from "./public-key.ts";

/** More keys than any operator has had; also a limit for a file that others can write. */
const MAX_KEYS = 1000;
const LINE = new RegExp(`^\\S+ namespaces="git" ${KEY_TYPE} (AAAAC3NzaC1lZDI1NTE5[A-Za-z0-9+/]{48})(?: .*)?$`);

/** A line of an allowed-signers file (`ssh-keygen(1)`): the key signs as `principal`, in Git only. */
export function allowedSigner(principal: string, key: PublicKeyText): string {
  return `${principal} namespaces="git" ${KEY_TYPE} ${key}`;
}

/** The keys of an allowed-signers file. Lines of another form, such as comments, are left out. */
export function parseAllowedSigners(text: string): readonly PublicKeyText[] {
  const keys = text.split("\n").flatMap((line) => LINE.exec(line.trim())?.[1] ?? []);
  return [...new Set(keys)].slice(0, MAX_KEYS);
}
