import {
  type PublishedDocument,
  type PublishedText,
  readPublished,
} from "../core/validation/schema/published-document.ts";
import { answerCalls } from "../runtime/answer-calls.ts";

answerCalls(({ apiVersion, text }: PublishedText): PublishedDocument => readPublished(apiVersion, text));
