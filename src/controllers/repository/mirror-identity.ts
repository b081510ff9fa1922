import type { Repository } from "../../api/v1alpha1/repository.ts";
import { sha256Hex } from "../../core/identity/hash.ts";
import type { RemoteUrl } from "../../core/identity/url.ts";

/** A mirror is shared by the Repositories that are equal in all of this. */
export interface MirrorIdentity {
  readonly namespace: string;
  /**
   * As git gets it. Two spellings may be two repositories: ssh paths are relative to the home of the user in the URL.
   */
  readonly url: string;
  /** The name of the Secret; empty without one. */
  readonly credentials: string;
}

export function identityOf({ metadata, spec }: Repository, { url }: RemoteUrl): MirrorIdentity {
  return { namespace: metadata.namespace, url, credentials: spec.git?.credentials ?? "" };
}

/** The name of its folder, without `.git`: 32 hexadecimal digits. */
export function mirrorId({ namespace, url, credentials }: MirrorIdentity): string {
  return sha256Hex(JSON.stringify([namespace, url, credentials])).slice(0, 32);
}
