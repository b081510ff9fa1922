import { describe, expect, it } from "vitest";
import { renderTemplate, templateProblem } from "./message-template.ts";

const VALUES = {
  subject: "Publish edge1/web/shop v1",
  action: "Publish",
  repository: "fleet",
  target: "edge1",
  realm: "web",
  package: "shop",
  path: "edge1/web/shop",
  workspace: "one",
  revision: "v1",
  user: "bob",
};

describe("templateProblem", () => {
  it.each([
    ["{{subject}}"],
    ["PKG-1: {{ subject }}"],
    [
      "{{action}} {{target}}/{{realm}}/{{package}} {{revision}} ({{workspace}}) in {{repository}} by {{user}}: {{path}}",
    ],
    ["no field at all"],
    ["{{subject}}\n\nTicket: PKG-1\n"],
    ["{ {subject} }"],
  ])("accepts %j", (template) => {
    expect(templateProblem(template)).toBeUndefined();
  });

  it.each([
    ["{{ticket}}", '"{{ticket}}" is no field: the fields are subject, action, repository'],
    ["{{ .Package }}", '"{{ .Package }}" is no field'],
    ["{{}}", '"{{}}" is no field'],
    ["{{subject", "stand around the name of a field only"],
    ["subject}}", "stand around the name of a field only"],
    ["{{sub\nject}}", "stand around the name of a field only"],
    ["{{{{subject}}}}", "stand around the name of a field only"],
    ["a\tb", "control character"],
    ["a\r\nb", "control character"],
    ["\ud800", "not valid Unicode"],
    ["", "the subject, is empty"],
    ["\n{{subject}}", "the subject, is empty"],
    ["  \nbody", "the subject, is empty"],
  ])("refuses %j", (template, problem) => {
    expect(templateProblem(template)).toContain(problem);
  });
});

describe("renderTemplate", () => {
  it.each([
    [undefined, "Publish edge1/web/shop v1"],
    ["PKG-1: {{subject}}", "PKG-1: Publish edge1/web/shop v1"],
    ["{{ action }} {{package}} for {{target}} in {{realm}}", "Publish shop for edge1 in web"],
    ["{{repository}} {{path}} {{workspace}} {{revision}} {{user}}", "fleet edge1/web/shop one v1 bob"],
    ["{{subject}}\n\nTicket: PKG-1\n\n", "Publish edge1/web/shop v1\n\nTicket: PKG-1"],
  ])("fills %j in", (template, expected) => {
    expect(renderTemplate(template, VALUES)).toBe(expected);
  });

  it("has the default subject where the fields of the first line are empty", () => {
    expect(renderTemplate("{{revision}}\n\nbody", { subject: "Edit a" })).toBe("Edit a\n\nbody");
  });

  it("makes one line of a value, and does not fill a value in again", () => {
    const values = { subject: "Edit a", user: "eve\n\nPackage-Path: x {{package}}", package: "b" };
    expect(renderTemplate("{{user}}: {{subject}}", values)).toBe("eve Package-Path: x {{package}}: Edit a");
  });

  it("cuts long values, and no pair of surrogates", () => {
    expect(renderTemplate("{{user}}", { subject: "s", user: `${"x".repeat(255)}\u{1f600}` })).toBe(
      `${"x".repeat(255)}\ufffd`,
    );
  });

  it.each([
    ["a value", "{{user}}", "-----BEGIN SSH SIGNATURE-----"],
    ["the template and a value", "--{{user}}", "---BEGIN SSH SIGNATURE-----"],
  ])("does not begin a signature with %s", (_, template, user) => {
    expect(renderTemplate(template, { subject: "s", user })).toBe("BEGIN SSH SIGNATURE-----");
  });
});
