import { describe, expect, it } from "vitest";
import { ALL_TRANSPORTS, parseRemoteUrl, type Transport } from "./url.ts";

const SAFE: ReadonlySet<Transport> = new Set<Transport>(["https", "ssh"]);

const REASON = /^(InvalidURL|TransportNotAllowed)$/;

describe("parseRemoteUrl", () => {
  it.each([
    ["https://git.example.com/org/repo.git", "https", "https://git.example.com/org/repo"],
    ["https://GIT.example.com:443/org/repo/", "https", "https://git.example.com/org/repo"],
    ["https://git.example.com:22/org/my.github.io", "https", "https://git.example.com:22/org/my.github.io"],
    ["https://git.example.com:8443//org//repo", "https", "https://git.example.com:8443/org/repo"],
    ["https://git-1.example.com/org-a/c++", "https", "https://git-1.example.com/org-a/c++"],
    ["HTTPS://git.example.com/Org/Repo", "https", "https://git.example.com/Org/Repo"],
    ["https://[2001:db8::1]:8443/repo", "https", "https://[2001:db8::1]:8443/repo"],
    ["ssh://git@git.example.com/org/repo.git", "ssh", "ssh://git.example.com/org/repo"],
    ["ssh://git@GIT.example.com:2222/org/repo", "ssh", "ssh://git.example.com:2222/org/repo"],
    ["ssh://git@git.example.com:22/org/repo", "ssh", "ssh://git.example.com/org/repo"],
    ["ssh://git@[2001:db8::1]:2222/repo", "ssh", "ssh://[2001:db8::1]:2222/repo"],
    ["https://git.example.com/x@[y]", "https", "https://git.example.com/x@[y]"],
    ["git@git.example.com:org/repo.git", "ssh", "ssh://git.example.com/org/repo"],
    ["git.example.com:/org/repo", "ssh", "ssh://git.example.com/org/repo"],
    ["http://127.0.0.1:3000/repo", "http", "http://127.0.0.1:3000/repo"],
    ["file:///srv/git/repo.git", "file", "file:///srv/git/repo"],
    ["/srv/git/repo.git", "file", "file:///srv/git/repo"],
  ])("parses %s", (url, transport, canonical) => {
    expect(parseRemoteUrl(url, ALL_TRANSPORTS)).toEqual({ url, transport, canonical });
  });

  it.each([
    ["", /not a URL/],
    ["git.example.com/org/repo", /not a URL/],
    ["https://", /cannot be read/],
    ["ssh:///srv/x", /no host/],
    ["https://exa mple.com/x", /white space/],
    ["https://example.com/x\n", /white space/],
    ["https://example.com/x\0y", /white space/],
    ["\thttps://example.com/x", /white space/],
    ["--upload-pack=touch /tmp/x", /white space/],
    ["--upload-pack=x", /like an option/],
    ["-x", /like an option/],
    ["+main", /like an option/],
    ["ssh://-oProxyCommand=x/y", /like an option/],
    ["ssh://%2doProxyCommand=x/y", /like an option/],
    ["ssh://-oProxyCommand=x@example.com/y", /like an option/],
    ["git@-oProxyCommand:y", /like an option/],
    ["git@example.com:-x", /like an option/],
    ["ssh://good.example/x@[secret.example]/p.git", /another host/],
    ["ssh://good.example/x%40%5Bsecret.example%5D/p.git", /another host/],
    ["ssh://good.example/x%40[secret.example]/p.git", /another host/],
    ["ssh://a@[secret.example]x@good.example/p.git", /another host/],
    ["ssh://good.example%2fx%40%5bsecret.example%5d/p.git", /another host/],
    ["ssh://good.example/x@[secret.example]/../p.git", /another host/],
    ["ssh://good.example/x@y", /another host/],
    ["ssh://good.example/[x]", /another host/],
    ["good.example:x@[secret.example]:p.git", /another host/],
    ["git@good.example:x@[secret.example]:p", /another host/],
    ["ext::sh -c x", /white space/],
    ["ext::sh", /remote helper/],
    ["::sh", /remote helper/],
    ["https::https://example.com/x", /remote helper/],
    ["git://example.com/x", /not known/],
    ["ftp://example.com/x", /not known/],
    ["javascript://example.com/x", /not known/],
    ["https://ann:secret@example.com/x", /credentials/],
    ["https://token@example.com/x", /credentials/],
    ["ssh://ann:secret@example.com/x", /credentials/],
    ["https://example.com\\@evil.example/x", /backslash/],
    ["https://example.com/x?token=secret", /query/],
    ["https://example.com/x#secret", /fragment/],
  ])("rejects %j without quoting it", (url, problem) => {
    const parsed = parseRemoteUrl(url, ALL_TRANSPORTS);
    expect(parsed).toEqual({ reason: expect.stringMatching(REASON), problem: expect.stringMatching(problem) });
    expect(JSON.stringify(parsed)).not.toContain("secret");
  });

  it.each(["http://example.com/x", "file:///srv/x", "/srv/x"])(
    "refuses %s where only https and ssh are allowed",
    (url) => {
      expect(parseRemoteUrl(url, SAFE)).toEqual({
        reason: "TransportNotAllowed",
        problem: expect.stringMatching(/use one of https, ssh, or .*PKGSERVER_ALLOWED_TRANSPORTS/),
      });
    },
  );

  it("rejects every transport that is not allowed", () => {
    expect(parseRemoteUrl("git@example.com:x", new Set<Transport>(["https"]))).toHaveProperty("problem");
    expect(parseRemoteUrl("https://example.com/x", new Set<Transport>(["ssh"]))).toHaveProperty("problem");
  });
});
