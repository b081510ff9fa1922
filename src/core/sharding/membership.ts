import { sha256Hex } from "../identity/hash.ts";

/** The replicas that share the repositories, as the Lease records them. */
export interface Membership {
  /** Increases with every replica that joins or leaves. */
  readonly epoch: number;
  /** Replica → the number of its reports, in the order of joining. */
  readonly members: Readonly<Record<string, number>>;
  /**
   * Members that may still be working on shards that a new member has taken over. No member starts on newly acquired
   * shards until this list is empty.
   */
  readonly draining: readonly string[];
}

/** The report of a replica about itself. */
export interface Report {
  readonly id: string;
  /** The newest epoch for which it has released all shards that it no longer owns. */
  readonly settled: number;
}

const EMPTY: Membership = { epoch: 0, members: {}, draining: [] };

/**
 * The membership that a reporting replica writes: itself as a member, released from draining if it has settled, and
 * without the members in `silent`, which have not reported for the duration of the lease. A replica that joins
 * takes shards from all others, which drain; one that leaves makes no other drain.
 */
export function planReport(current: Membership = EMPTY, self: Report, silent: ReadonlySet<string>): Membership {
  const isPresent = (id: string) => id === self.id || !silent.has(id);
  const present = Object.entries(current.members).filter(([id]) => isPresent(id));
  const reports = current.members[self.id];
  const hasJoined = reports === undefined;
  const haveLeft = present.length < Object.keys(current.members).length;
  const hasSettled = self.settled >= current.epoch;
  return {
    epoch: hasJoined || haveLeft ? current.epoch + 1 : current.epoch,
    members: { ...Object.fromEntries(present), [self.id]: (reports ?? 0) + 1 },
    draining: hasJoined
      ? present.map(([id]) => id)
      : current.draining.filter((id) => isPresent(id) && !(id === self.id && hasSettled)),
  };
}

/** The membership that a replica writes after it has stopped all its work. */
export function planLeave(current: Membership, id: string): Membership {
  const members = Object.fromEntries(Object.entries(current.members).filter(([one]) => one !== id));
  return { epoch: current.epoch + 1, members, draining: current.draining.filter((one) => one !== id) };
}

/**
 * The owner of a key, by rendezvous hashing: the member with the highest hash of member and key. When a member leaves,
 * only its keys move; when one joins, it takes keys evenly from all others.
 */
export function ownerOf(members: readonly string[], key: string): string | undefined {
  let [owner, highest]: [string | undefined, string] = [undefined, ""];
  for (const id of members) {
    const hash = sha256Hex(`${id}\n${key}`);
    if (hash > highest) [owner, highest] = [id, hash];
  }
  return owner;
}

/** The shards of one replica. */
export interface ShardView {
  readonly members: readonly string[];
  /**
   * True once no member has been draining since this replica joined. From then on it may work on all keys that it owns:
   * a key moves to an existing member only from one that has left.
   */
  readonly active: boolean;
}

/** The shards after a new membership was read. */
export function nextShardView(view: ShardView | undefined, membership: Membership): ShardView {
  const active = view?.active === true || membership.draining.length === 0;
  return { members: Object.keys(membership.members), active };
}

export function isOwn(view: ShardView | undefined, id: string, key: string): boolean {
  return view?.active === true && ownerOf(view.members, key) === id;
}
