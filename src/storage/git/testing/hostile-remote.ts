import type { IncomingMessage, ServerResponse } from "node:http";

/** A packet of Git's protocol: its length in four hex digits, then the text. */
export function packet(text: string | Uint8Array): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, "0")), bytes]);
}

const CAPABILITIES = "multi_ack_detailed side-band-64k thin-pack ofs-delta no-done";

/** A list of refs in Git's protocol version 0. The names are not checked. */
export function advertisement(refs: readonly (readonly [oid: string, name: string | Uint8Array])[]): Buffer {
  const lines = refs.map(([oid, name], index) => {
    const end = index === 0 ? `\0${CAPABILITIES}\n` : "\n";
    return packet(Buffer.concat([Buffer.from(`${oid} `), Buffer.from(name), Buffer.from(end)]));
  });
  return Buffer.concat([packet("# service=git-upload-pack\n"), Buffer.from("0000"), ...lines, Buffer.from("0000")]);
}

/** True for the request with which a client lists the refs. */
export function isListing(request: IncomingMessage): boolean {
  return (request.url ?? "").includes("/info/refs");
}

/** Answers with `first`, then with `chunk` again and again until the connection is closed. */
export function answerEndlessly(response: ServerResponse, first: Uint8Array, chunk: Uint8Array): void {
  response.write(first);
  const writeMore = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on("drain", writeMore);
  writeMore();
}
