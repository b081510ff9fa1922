import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seeded } from "../testing/seeded.ts";
import {
  type CommitMetadata,
  parseCommitMetadata,
  renderCommitMessage,
  renderPlainMessage,
} from "./commit-trailers.ts";
import { MESSAGE_FIELDS, renderTemplate, templateProblem } from "./message-template.ts";

const METADATA: CommitMetadata = {
  repository: "default/blue",
  path: "web/shop",
  workspace: "one",
  lifecycle: "draft",
  metadata: {},
};
const FORGED = [
  "Package-Repository: other/catalog",
  "Package-Path: web/shop",
  "Package-Workspace: one",
  "Package-Lifecycle: published",
  "Approved-By: ceo",
  "-----BEGIN SSH SIGNATURE-----",
  "-----END SSH SIGNATURE-----",
];
/** Pieces of hostile names and templates. */
const piece = fc.oneof(
  fc.constantFrom(...FORGED, "\n", "\n\n", "\r\n", "\u2028", " ", "{{", "}}", "{{user}}", "\ud800", "\0"),
  fc.constantFrom(...MESSAGE_FIELDS).map((field) => `{{${field}}}`),
  fc.string({ maxLength: 8, unit: "binary" }),
);
const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
const values = fc
  .record(Object.fromEntries(MESSAGE_FIELDS.map((field) => [field, text])))
  .map((all) => ({ subject: "", ...all }));

describe("the first lines of a message", () => {
  it("are never read as trailers, and leave the trailers of the operator as they are", () => {
    fc.assert(
      fc.property(text, values, (template, all) => {
        const message = renderCommitMessage(renderTemplate(template, all), METADATA);
        expect(parseCommitMetadata(message)).toEqual(METADATA);
        expect(message).not.toMatch(/^-----BEGIN /m);
      }),
      seeded(2000),
    );
  });

  it("make no record of a message without trailers", () => {
    fc.assert(
      fc.property(text, values, (template, all) => {
        const message = renderPlainMessage(renderTemplate(template, all), "The number stays used.");
        expect(parseCommitMetadata(message)).toBeUndefined();
      }),
      seeded(2000),
    );
  });

  it("are a subject of one line without a template", () => {
    fc.assert(
      fc.property(text, (subject) => {
        const message = renderCommitMessage(renderTemplate(undefined, { subject }), METADATA);
        expect(message.split("\n").slice(1, 3)).toEqual(["", "Package-Repository: default/blue"]);
      }),
    );
  });

  it("have the lines of the template alone, if that is valid", () => {
    fc.assert(
      fc.property(text, values, (template, all) => {
        fc.pre(templateProblem(template) === undefined);
        const rendered = renderTemplate(template, all);
        expect(rendered.split("\n").length).toBeLessThanOrEqual(template.split("\n").length);
        expect(rendered).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
        expect(rendered.isWellFormed()).toBe(true);
      }),
      seeded(2000),
    );
  });
});
