import type { WriteRequest } from "./write-request.ts";

/**
 * Divides requests into those that share the next push, in order, and those that wait for one after it, so that no push
 * creates and deletes more tags than each of its requests with tags allows. The first request always shares it.
 */
export function limitTags<R extends Pick<WriteRequest<unknown>, "tags">>(
  requests: readonly R[],
): { readonly taken: readonly R[]; readonly deferred: readonly R[] } {
  const [taken, deferred]: [R[], R[]] = [[], []];
  let [tags, limit] = [0, Number.POSITIVE_INFINITY];
  for (const request of requests) {
    const { count = 0, maxPerPush = Number.POSITIVE_INFINITY } = request.tags ?? {};
    const nextLimit = count === 0 ? limit : Math.min(limit, maxPerPush);
    if (tags > 0 && tags + count > nextLimit) {
      deferred.push(request);
      continue;
    }
    [tags, limit] = [tags + count, nextLimit];
    taken.push(request);
  }
  return { taken, deferred };
}
