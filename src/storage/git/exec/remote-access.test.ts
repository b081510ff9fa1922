import { describe, expect, it } from "vitest";
import { checkRemoteUrl } from "./remote-access.ts";

describe("checkRemoteUrl", () => {
  it.each([
    ["https://git.example.com/a/b.git", "https"],
    ["https://git.example.com:8443/a", "https"],
    ["ssh://git@git.example.com:22/a", "ssh"],
    ["git@git.example.com:a/b.git", "ssh"],
    ["http://git.example.com/a", "http"],
    ["file:///srv/git/a", "file"],
    ["/srv/git/a", "file"],
  ])("accepts %s", (url, transport) => {
    expect(checkRemoteUrl(url, new Set(["https", "ssh", "http", "file"]))).toBe(transport);
  });

  it.each([
    ["", "InvalidURL"],
    ["--upload-pack=touch /tmp/x", "InvalidURL"],
    ["-x", "InvalidURL"],
    ["https://git.example.com/a\nb", "InvalidURL"],
    ["https://git.example.com/a b", "InvalidURL"],
    ["https://ann:secret@git.example.com/a", "InvalidURL"],
    ["https://ann@git.example.com/a", "InvalidURL"],
    ["ssh://ann:secret@git.example.com/a", "InvalidURL"],
    ["ssh://-oProxyCommand=x/a", "InvalidURL"],
    ["-oProxyCommand=x:a", "InvalidURL"],
    ["ext::sh -c x", "InvalidURL"],
    ["ext::sh", "TransportNotAllowed"],
    ["fd::17", "TransportNotAllowed"],
    ["git://git.example.com/a", "TransportNotAllowed"],
    ["ftp://git.example.com/a", "TransportNotAllowed"],
    ["http://git.example.com/a", "TransportNotAllowed"],
    ["file:///srv/git/a", "TransportNotAllowed"],
    ["/srv/git/a", "TransportNotAllowed"],
  ])("refuses %j", (url, reason) => {
    expect(() => checkRemoteUrl(url, new Set(["https", "ssh"]))).toThrowError(expect.objectContaining({ reason }));
  });
});
