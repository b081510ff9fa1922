import { createHash } from "node:crypto";
import type { ObjectFormat } from "../../../core/identity/oid.ts";
import type { PublicKeyText } from "./public-key.ts";
import { splitSignedCommit, splitSignedTag } from "./signed-object.ts";
import { parseSshSignature } from "./sshsig.ts";

/** Whose key signed a commit or tag; `invalid`: no signature of a supported key over exactly these bytes. */
export type Signer =
  | { readonly kind: "unsigned" | "openpgp" | "invalid" }
  | { readonly kind: "signed"; readonly key: PublicKeyText };

const OPENPGP = "-----BEGIN PGP SIGNATURE-----";

/** Whose valid ssh signature an object has, known or not. */
export function signerOf(type: "commit" | "tag", object: Buffer, format: ObjectFormat): Signer {
  const parts = type === "commit" ? splitSignedCommit(object, format) : splitSignedTag(object);
  if (parts === undefined) return { kind: object.includes(`\n${OPENPGP}\n`) ? "openpgp" : "unsigned" };
  if (parts.signature.startsWith(OPENPGP)) return { kind: "openpgp" };
  const parsed = parseSshSignature(parts.signature);
  if (parsed === undefined || !parsed.verify(parts.payload)) return { kind: "invalid" };
  return { kind: "signed", key: parsed.key };
}

/** As `ssh-keygen -l` prints it. */
export function fingerprint(key: PublicKeyText): string {
  const digest = createHash("sha256").update(Buffer.from(key, "base64")).digest("base64");
  return `SHA256:${digest.replace(/=+$/, "")}`;
}
