import { sha256Hex } from "../identity/hash.ts";

/** Who shares the work, as it stands in the Lease. */
export interface Membership {
  /** Grows whenever a replica comes or goes. */
  readonly epoch: number;
  /** Replica → how often it was heard of; in the order in which they came. */
  readonly members: Readonly<Record<string, number>>;
  /** Those that may still be at work on what somebody who came has taken over: until they say no, nobody begins with anything new. */
  readonly draining: readonly string[];
}

/** A replica about itself. */
export interface Self {
  readonly id: string;
  /** The newest epoch for which it has let go of what is not its own any more. */
  readonly settled: number;
}

const NOBODY: Membership = { epoch: 0, members: {}, draining: [] };

/**
 * What a replica writes as it reports: that it is here, that it has settled, and that those in `silent`, of whom nothing was heard for
 * as long as a lease lasts, are gone. Who comes takes work from the others, who have to let go of it first; who goes takes none.
 */
export function planReport(seen: Membership = NOBODY, self: Self, silent: ReadonlySet<string>): Membership {
  const others = Object.entries(seen.members).filter(([id]) => id !== self.id && !silent.has(id));
  const beats = seen.members[self.id];
  const came = beats === undefined;
  const went = Object.keys(seen.members).some((id) => id !== self.id && silent.has(id));
  const epoch = came || went ? seen.epoch + 1 : seen.epoch;
  const draining = came
    ? others.map(([id]) => id)
    : seen.draining.filter((id) => !silent.has(id) && !(id === self.id && self.settled >= seen.epoch));
  const mine = [self.id, (beats ?? 0) + 1] as const;
  const members = Object.keys(seen.members).flatMap((id) =>
    id === self.id ? [mine] : others.filter(([one]) => one === id),
  );
  return { epoch, members: Object.fromEntries(came ? [...members, mine] : members), draining };
}

/** What a replica writes that has stopped all its work. */
export function planLeave(seen: Membership, id: string): Membership {
  const members = Object.fromEntries(Object.entries(seen.members).filter(([one]) => one !== id));
  return { epoch: seen.epoch + 1, members, draining: seen.draining.filter((one) => one !== id) };
}

/**
 * Whose work a key is: the member with the highest hash together with it (rendezvous hashing). Who goes leaves all other keys where
 * they are; who comes takes its share evenly from all.
 */
export function ownerOf(members: readonly string[], key: string): string | undefined {
  let [owner, highest]: [string | undefined, string] = [undefined, ""];
  for (const id of members) {
    const hash = sha256Hex(`${id}\n${key}`);
    if (hash > highest) [owner, highest] = [id, hash];
  }
  return owner;
}

/** What one replica may work on. */
export interface ShardView {
  readonly members: readonly string[];
  /**
   * Whether all others have settled once since this replica came. From then on what is its own is so at once: a key moves to one that
   * is here already only from one that has gone.
   */
  readonly active: boolean;
}

/** The share after a membership was seen. */
export function nextShardView(share: ShardView | undefined, seen: Membership): ShardView {
  const active = share?.active === true || seen.draining.length === 0;
  return { members: Object.keys(seen.members), active };
}

export function isOwn(share: ShardView | undefined, id: string, key: string): boolean {
  return share?.active === true && ownerOf(share.members, key) === id;
}
