import { describe, expect, it } from "vitest";
import { OPERATOR, personOf } from "../../../core/identity/person.ts";
import { trailersOf } from "../../../core/testing/discovered.ts";
import { CommitTexts } from "./commit-text.ts";

const PLACE = {
  repository: "default/fleet",
  layout: { directory: "packages", deployment: true },
  path: "packages/edge1/web/shop",
};
const trailers = { ...trailersOf(PLACE.path, "one"), revision: "v1" };
const step = { subject: "Publish packages/edge1/web/shop v1", author: personOf("bob") };
const firstLine = (message: string) => message.split("\n")[0];

describe("CommitTexts", () => {
  it("has the subject, the user and the operator by default", () => {
    const texts = new CommitTexts({});
    const commit = texts.commit(PLACE, step, trailers);
    expect(firstLine(commit.message)).toBe(step.subject);
    expect(commit).toMatchObject({ author: personOf("bob"), committer: OPERATOR });
    expect(texts.tag(PLACE, step, trailers)).toEqual({ message: commit.message, tagger: personOf("bob") });
    expect(texts.plainCommit(PLACE, step, "Why.").message).toBe(`${step.subject}\n\nWhy.\n`);
  });

  it("fills in every field", () => {
    const fields = ["action", "repository", "target", "realm", "package", "path", "workspace", "revision", "user"];
    const texts = new CommitTexts({ messageTemplate: fields.map((field) => `${field}={{${field}}}`).join(" ") });
    expect(firstLine(texts.commit(PLACE, step, trailers).message)).toBe(
      "action=Publish repository=fleet target=edge1 realm=web package=shop path=packages/edge1/web/shop " +
        "workspace=one revision=v1 user=bob",
    );
    const catalog = { ...PLACE, layout: { directory: "", deployment: false }, path: "" };
    expect(firstLine(texts.plainCommit(catalog, { subject: "Start main", author: OPERATOR }, "Why.").message)).toBe(
      "action=Start repository=fleet target= realm= package= path= workspace= revision= user=pkgserver",
    );
  });

  it("has messages of tags of their own, where there is a template for them", () => {
    const both = new CommitTexts({ messageTemplate: "C {{subject}}", tagMessageTemplate: "T {{revision}}" });
    expect(firstLine(both.commit(PLACE, step, trailers).message)).toBe(`C ${step.subject}`);
    expect(firstLine(both.tag(PLACE, step, trailers).message)).toBe("T v1");
    expect(both.plainTag(PLACE, { ...step, revision: "v2" }, "Why.").message).toBe("T v2\n\nWhy.\n");
    const one = new CommitTexts({ messageTemplate: "C {{subject}}" });
    expect(firstLine(one.tag(PLACE, step, trailers).message)).toBe(`C ${step.subject}`);
  });

  it("makes addresses of the domain, and keeps those that users have", () => {
    const texts = new CommitTexts({ emailDomain: "example.com" });
    const { author, committer } = texts.commit(PLACE, step, trailers);
    expect([author.email, committer.email]).toEqual(["bob@example.com", "pkgserver@example.com"]);
    const own = { ...step, author: personOf("eve@example.org") };
    expect(texts.tag(PLACE, own, trailers).tagger.email).toBe("eve@example.org");
  });

  it("has the committer that is set, also as the author of what no known user requested", () => {
    const committer = { name: "Bot", email: "bot@example.com" };
    const texts = new CommitTexts({ committer, emailDomain: "example.org", messageTemplate: "{{user}}" });
    expect(texts.commit(PLACE, step, trailers)).toMatchObject({ committer, author: { email: "bob@example.org" } });
    const unknown = texts.commit(PLACE, { ...step, author: personOf(undefined) }, trailers);
    expect([unknown.author, firstLine(unknown.message)]).toEqual([committer, "Bot"]);
  });
});
