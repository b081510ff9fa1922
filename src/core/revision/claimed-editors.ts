import type { DraftBranch } from "../repository/classify-ref.ts";
import { PATH_TRAILER } from "./commit-trailers.ts";
import { EDITOR_TRAILER, EDITORS_UNKNOWN_TRAILER } from "./editor-trailers.ts";
import { parseValue } from "./trailer-value.ts";

/**
 * Whom commits name as editors that have an operator's trailers, and no signature of a known key: after its key was
 * stolen or lost, say, or rewritten by an external client. Anybody may have written the names, so that they are no
 * record; but a draft with a claimed editor who is not known otherwise may have editors that are not known.
 */
export interface ClaimedEditors {
  readonly claimed?: readonly string[];
  /** The commits claim more than is kept. */
  readonly editorsUnknown?: true;
}

/** Of all names together, in UTF-16 code units: whoever may push decides how many there are. */
export const MAX_CLAIMED = 16_384;
const EDITOR_LINE = new RegExp(`^${EDITOR_TRAILER}: ([^\\n]*)`, "gm");

/** The claim in a message of any size up to 4 MiB; nothing in one without an operator's trailers. */
export function readClaim(message: string): ClaimedEditors {
  if (!message.includes(`\n${PATH_TRAILER}: `)) return {};
  if (message.includes(`\n${EDITORS_UNKNOWN_TRAILER}: `)) return { editorsUnknown: true };
  return collect(message.matchAll(EDITOR_LINE).map(([, value = ""]) => parseValue(value)));
}

export function mergeClaims(claims: readonly ClaimedEditors[]): ClaimedEditors {
  if (claims.some(({ editorsUnknown }) => editorsUnknown === true)) return { editorsUnknown: true };
  return collect(claims.flatMap(({ claimed = [] }) => claimed));
}

/** @param known everybody who edited or changed the draft, as the object and the operator's commits name them */
export function mayHaveUnknownEditors(
  { editorsUnknown, claimed = [] }: Pick<DraftBranch, "editorsUnknown" | "claimed">,
  known: readonly string[],
): boolean {
  return editorsUnknown === true || claimed.some((name) => !known.includes(name));
}

function collect(names: Iterable<string>): ClaimedEditors {
  const claimed = new Set<string>();
  let length = 0;
  for (const name of names) {
    if (claimed.has(name)) continue;
    claimed.add(name);
    length += name.length + 1;
    if (length > MAX_CLAIMED) return { editorsUnknown: true };
  }
  return claimed.size === 0 ? {} : { claimed: [...claimed] };
}
