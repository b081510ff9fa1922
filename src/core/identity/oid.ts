/** A Git object id: 40 (SHA-1) or 64 (SHA-256) lower-case hex digits. */
export type Oid = string;
