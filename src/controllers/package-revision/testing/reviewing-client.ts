import type { KubeObject, Resource } from "../../../api/meta.ts";
import { type SubjectAccessReview, subjectAccessReviews } from "../../shared/kinds.ts";
import type { ModelApi } from "./model/api.ts";
import { ModelClient } from "./model/client.ts";

type Review = SubjectAccessReview["spec"];

/** Answers access reviews as a test says, and records them. */
export class ReviewingClient extends ModelClient {
  readonly reviews: Review[] = [];
  answer: (review: Review) => boolean;

  constructor(api: ModelApi, answer: (review: Review) => boolean = () => true) {
    super(api);
    this.answer = answer;
  }

  override async create<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T> {
    if (resource.plural !== subjectAccessReviews.plural) return await super.create(resource, object);
    const { spec } = object as unknown as SubjectAccessReview;
    this.reviews.push(spec);
    return { ...object, status: { allowed: this.answer(spec) } };
  }
}
