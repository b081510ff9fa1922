import type { Oid } from "../../../core/identity/oid.ts";
import { GitError } from "../errors.ts";
import type { Mirror } from "../mirror/mirror.ts";
import type { NewCommit, RefStep } from "../push/change.ts";
import { ImportStream, type Parent } from "./fast-import.ts";
import type { CommitterSignature } from "./object-text.ts";

/** The value of a ref: an object of these changes, by its index, an existing object, or null for a deleted ref. */
export type PlannedValue = { readonly index: number } | Oid | null;

/** An object to be written. `mark`: of the commit in the import that makes its tree. */
export type PlannedObject =
  | { readonly kind: "commit"; readonly mark: number; readonly parent?: PlannedValue; readonly commit: NewCommit }
  | { readonly kind: "tag"; readonly step: Extract<RefStep, { kind: "tag" }> };

/** The objects of all steps in order, and where each ref is after them. */
export class ObjectPlan {
  readonly stream: ImportStream;
  readonly objects: PlannedObject[] = [];
  readonly tips = new Map<string, PlannedValue>();
  readonly #mirror: Mirror;

  constructor(mirror: Mirror, signature: CommitterSignature) {
    this.#mirror = mirror;
    this.stream = new ImportStream(signature);
  }

  add(step: RefStep): PlannedValue {
    const known = this.tips.get(step.ref);
    const tip = this.#plan(known === undefined ? (this.#mirror.refs().get(step.ref)?.oid ?? null) : known, step);
    this.tips.set(step.ref, tip);
    return tip;
  }

  #plan(current: PlannedValue, step: RefStep): PlannedValue {
    switch (step.kind) {
      case "commit": {
        const parent = current ?? step.from;
        const mark = this.stream.addCommit(this.#importParent(parent), step.commit.edits);
        this.objects.push({ kind: "commit", mark, commit: step.commit, ...(parent !== undefined && { parent }) });
        break;
      }
      case "tag":
        if (current !== null) throw new GitError("RefConflict", `${step.ref} exists already`);
        this.objects.push({ kind: "tag", step });
        break;
      case "delete":
        return null;
    }
    return { index: this.objects.length - 1 };
  }

  #importParent(parent: PlannedValue | undefined): Parent | undefined {
    if (parent === undefined || parent === null || typeof parent === "string") return parent ?? undefined;
    const object = this.objects[parent.index];
    if (object?.kind !== "commit") throw new Error("a commit on top of a tag");
    return { mark: object.mark };
  }
}

/** The id of a value, once the objects have the given ids. */
export function resolveValue(value: PlannedValue, oids: readonly Oid[]): Oid | null {
  return value === null || typeof value === "string" ? value : (oids[value.index] ?? null);
}
