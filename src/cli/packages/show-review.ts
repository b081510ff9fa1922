import type { Context } from "../context.ts";
import { printReview, reviewFiles } from "../diff/print-review.ts";
import { shortName } from "../names/query.ts";
import { describeReview } from "./describe-review.ts";
import type { Review } from "./review.ts";

/** Prints who did what, the risks, the objects that differ, and the diff, or a line for each file. */
export async function showReview(context: Context, review: Review, stat: boolean): Promise<void> {
  for (const line of describeReview(review, context.style, context.now())) context.print(line);
  context.print("");
  const { previous } = review;
  const [before = new Map(), after = new Map()] = reviewFiles(previous?.contents, review.contents);
  const sides = {
    before: { name: previous === undefined ? "" : shortName(previous.revision), files: before },
    after: { name: shortName(review.revision), files: after },
  };
  await printReview(context, sides, stat ? "stat" : "full");
}
