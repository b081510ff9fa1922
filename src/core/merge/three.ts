/** What the three sides of a merge have; undefined where a side has nothing. */
export interface Three<T> {
  /** The old upstream, which the local side was made from. */
  readonly base: T;
  /** The new upstream. */
  readonly upstream: T;
  readonly local: T;
}

export type Side = keyof Three<unknown>;
