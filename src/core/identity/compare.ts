/** The order of `<`, for `sort`: of strings by UTF-16 code units, whatever the locale. */
export function compare<T extends bigint | number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
