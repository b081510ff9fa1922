import { describe, expect, it } from "vitest";
import { interpretFailure, withLocalFiles } from "./error-patterns.ts";
import { GitError } from "./errors.ts";

/** Errors of curl's, and what the message keeps of them. */
const CURL_ERRORS: readonly (readonly [cause: string, message: string])[] = [
  ["transfer closed with 147 bytes remaining to read", "transfer closed with some bytes remaining to read"],
  ["transfer closed with outstanding read data remaining", "transfer closed with outstanding read data remaining"],
  [
    "Operation timed out after 3001 milliseconds with 7 out of 9 bytes received",
    "Operation timed out with some bytes received",
  ],
  ["HTTP/2 stream 5 was not closed cleanly: CANCEL (err 8)", "HTTP/2 stream was not closed cleanly: CANCEL (err 8)"],
  ["Recv failure: Software caused connection abort", "Recv failure: Software caused connection abort"],
  ["Received HTTP/0.9 when not allowed", "Received HTTP/0.9 when not allowed"],
  ["chunk hex-length char not a hex digit: 0x3c", "chunk hex-length char not a hex digit: 0x3c"],
];

/** How hosts refuse a push by ssh: GitHub twice, Bitbucket twice, GitLab three times, Gitea, Gitolite. */
const READ_ONLY: readonly string[] = [
  "ERROR: The key you are authenticating with has been marked as read only.",
  "ERROR: Permission to a/b.git denied to ann.",
  "ERROR: Write access to repository not granted.",
  "Repository access denied. Access via a deployment key is read-only.",
  "ERROR: You are not allowed to push code to this project.",
  "ERROR: You are not allowed to upload code.",
  "ERROR: This deploy key does not have write access to this project.",
  "Gitea: User: 2:ann with Key: 7:laptop is not authorized to write to a/b.",
  "FATAL: W any a/b ann DENIED by fallthru",
];

describe("interpretFailure", () => {
  it.each([
    [
      "fatal: could not read Username for 'https://git.example.com': terminal prompts disabled",
      "AuthenticationFailed",
      "the remote refuses access: it requires a user name and password, or does not accept the ones given",
    ],
    [
      "remote: Invalid username or password.\nfatal: Authentication failed for 'https://git.example.com/a/b/'",
      "AuthenticationFailed",
      "Authentication failed for 'https://git.example.com/a/b/'",
    ],
    [
      "remote: Permission to a/b.git denied to ann.\nfatal: unable to access 'https://git.example.com/a/b/': The requested URL returned error: 403",
      "PushForbidden",
      "unable to access 'https://git.example.com/a/b/': The requested URL returned error: 403",
    ],
    [
      "remote: The 'a' organization has enforced SAML SSO.\nfatal: unable to access 'https://git.example.com/a/b/': The requested URL returned error: 403",
      "AccessDenied",
      "unable to access 'https://git.example.com/a/b/': The requested URL returned error: 403: The 'a' organization has enforced SAML SSO.",
    ],
    [
      "fatal: unable to access 'https://git.example.com/a/b/': The requested URL returned error: 401",
      "AuthenticationFailed",
      undefined,
    ],
    ...READ_ONLY.map(
      (words) => [`${words}\nfatal: Could not read from remote repository.`, "PushForbidden", words] as const,
    ),
    [
      "error: RPC failed; HTTP 413 curl 22 The requested URL returned error: 413\nsend-pack: unexpected disconnect while reading sideband packet\nfatal: the remote end hung up unexpectedly",
      "PushTooLarge",
      "RPC failed; HTTP 413 curl 22 The requested URL returned error: 413: the server or a proxy before it takes no more at once: raise its limit, or make the change smaller",
    ],
    [
      "git@git.example.com: Permission denied (publickey).\r\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.",
      "AuthenticationFailed",
      undefined,
    ],
    [
      'Load key "/x/id": error in libcrypto\r\ngit@git.example.com: Permission denied (publickey).\r\nfatal: Could not read from remote repository.',
      "InvalidSSHKey",
      "ssh cannot load ssh-privatekey: error in libcrypto",
    ],
    [
      "No ED25519 host key is known for git.example.com and you have requested strict checking.\r\nHost key verification failed.\r\nfatal: Could not read from remote repository.",
      "HostKeyRefused",
      undefined,
    ],
    [
      "Unable to negotiate with 192.0.2.1 port 22: no matching host key type found. Their offer: ssh-dss\r\nfatal: Could not read from remote repository.",
      "HostKeyRefused",
      "Unable to negotiate with 192.0.2.1 port 22: no matching host key type found. Their offer: ssh-dss",
    ],
    [
      "Unable to negotiate with 192.0.2.1 port 22: no matching cipher found. Their offer: 3des-cbc\r\nfatal: Could not read from remote repository.",
      "ConnectionFailed",
      undefined,
    ],
    [
      "ssh: Could not resolve hostname git.invalid: Name or service not known\r\nfatal: Could not read from remote repository.",
      "HostNotFound",
      "ssh: Could not resolve hostname git.invalid: Name or service not known",
    ],
    [
      "remote: Repository not found.\nfatal: repository 'https://git.example.com/a/b/' not found",
      "RepositoryNotFound",
      "repository 'https://git.example.com/a/b/' not found",
    ],
    [
      "remote: The project you were looking for could not be found or you don't have permission to view it.\nfatal: repository 'https://git.example.com/a/b/' not found",
      "RepositoryNotFound",
      undefined,
    ],
    [
      "ERROR: Repository not found.\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.",
      "RepositoryNotFound",
      undefined,
    ],
    [
      "fatal: unable to access 'https://git.example.com/a/': server certificate verification failed. CAfile: none CRLfile: none",
      "TLSFailed",
      undefined,
    ],
    [
      "fatal: unable to access 'https://git.example.com/a/': SSL certificate problem: self-signed certificate",
      "TLSFailed",
      undefined,
    ],
    [
      "fatal: unable to access 'https://git.example.com/a/': Failed to connect to git.example.com port 443 after 130 ms: Couldn't connect to server",
      "ConnectionFailed",
      "unable to access 'https://git.example.com/a/': Failed to connect to git.example.com port 443: Couldn't connect to server",
    ],
    [
      "error: RPC failed; HTTP 502 curl 22 The requested URL returned error: 502\nsend-pack: unexpected disconnect while reading sideband packet\nfatal: the remote end hung up unexpectedly",
      "ConnectionFailed",
      "RPC failed; HTTP 502 curl 22 The requested URL returned error: 502",
    ],
    ...CURL_ERRORS.map(
      ([cause, message]) =>
        [
          `fatal: unable to access 'https://git.example.com/a/': ${cause}`,
          "ConnectionFailed",
          `unable to access 'https://git.example.com/a/': ${message}`,
        ] as const,
    ),
    ["error: 12 bytes of body are still expected", "Unknown", "some bytes of body are still expected"],
    [
      "fatal: unable to access 'https://git.example.com/a/': The requested URL returned error: 410",
      "Unknown",
      "unable to access 'https://git.example.com/a/': The requested URL returned error: 410",
    ],
    ["fatal: couldn't find remote ref refs/heads/x", "BranchNotFound", undefined],
    ["fatal: transport 'file' not allowed", "TransportNotAllowed", undefined],
    [
      "error: object 1f7391f92b6a3792204e07e99f71f643cc35e7e1: hasDotgit: contains '.git'\nfatal: fsck error in packed object\nfatal: index-pack failed",
      "BadObjects",
      undefined,
    ],
    [
      "error: unable to write file ./objects/pack/tmp_pack_x: No space left on device\nfatal: cannot store pack file",
      "DiskFull",
      undefined,
    ],
    [
      "fatal: sha1 file '/x/packed-refs.lock' write error. Out of diskspace: No space left on device",
      "DiskFull",
      undefined,
    ],
    [
      "remote: fatal: write error: No space left on device\nfatal: the remote end hung up unexpectedly",
      "ConnectionFailed",
      undefined,
    ],
    ["fatal: Unable to create '/x/packed-refs.lock': Read-only file system", "DataDirNotWritable", undefined],
    [
      "error: insufficient permission for adding an object to repository database objects",
      "DataDirNotWritable",
      undefined,
    ],
    ["error: unable to create temporary file: Permission denied", "DataDirNotWritable", undefined],
    [
      "error: cannot lock ref 'refs/heads/a': Unable to create '/x/refs/heads/a.lock': File exists.",
      "MirrorCorrupt",
      undefined,
    ],
    [
      "fatal: packed object 4e00 (stored in /x/y.pack) is corrupt\nremote: fatal: early EOF\nerror: remote unpack failed: index-pack abnormal exit",
      "MirrorCorrupt",
      undefined,
    ],
    [
      "fatal: sha1 file '/x/objects/pack/tmp_pack_Z9pWrl' write error. Out of diskspace",
      "DiskFull",
      "sha1 file '/x/objects/pack/tmp_pack' write error. Out of diskspace: the volume of the operator's data directory is full",
    ],
    ["fatal: Out of memory, realloc failed", "RemoteTooLarge", undefined],
    ["fatal: recursion detected in die handler", "RemoteTooLarge", undefined],
    ["fatal: write error: File too large", "RemoteTooLarge", undefined],
    ["fatal: not a git repository: '/x/mirror.git'", "MirrorCorrupt", undefined],
    [
      "error: inflate: data stream error (incorrect header check)\nfatal: loose object 31b9 (stored in x) is corrupt",
      "MirrorCorrupt",
      undefined,
    ],
    ["fatal: an unknown failure", "Unknown", "an unknown failure"],
    ["", "Unknown", "git failed without an error message"],
  ] as readonly (readonly [stderr: string, reason: string, message: string | undefined])[])(
    "maps %j to %s",
    (stderr, reason, message) => {
      const error = interpretFailure(stderr);
      expect(error).toBeInstanceOf(GitError);
      expect(error.reason).toBe(reason);
      if (message !== undefined) expect(error.message).toBe(message);
    },
  );

  it("reports the first line that names a cause if the last one does not", () => {
    expect(
      interpretFailure("ERROR: Repository not found.\nfatal: Could not read from remote repository.").message,
    ).toBe("ERROR: Repository not found.");
  });
});

describe("withLocalFiles", () => {
  it.each([
    ["ENOSPC", "DiskFull", "the volume of the operator's data directory is full"],
    ["EDQUOT", "DiskFull", "the volume of the operator's data directory is full"],
    ["EROFS", "DataDirNotWritable", "the operator's data directory must be writable"],
    ["EACCES", "DataDirNotWritable", "the operator's data directory must be writable"],
    ["EPERM", "DataDirNotWritable", "the operator's data directory must be writable"],
  ])("reports %s as %s", async (code, reason, hint) => {
    const failure = Object.assign(new Error("open '/x'"), { code });
    await expect(withLocalFiles(() => Promise.reject(failure))).rejects.toMatchObject({
      name: "GitError",
      reason,
      message: `open '/x': ${hint}`,
    });
  });

  it("leaves other errors as they are", async () => {
    const failure = Object.assign(new Error("open '/x'"), { code: "EIO" });
    await expect(withLocalFiles(() => Promise.reject(failure))).rejects.toBe(failure);
  });
});
