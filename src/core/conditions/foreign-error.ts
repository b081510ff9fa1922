/** Of the system, the resolver, TLS and the HTTP client: their messages name calls, files and addresses. */
const KNOWN_CODE = /^(?:E[A-Z0-9]+|UND_ERR_[A-Z_]+|ERR_(?:TLS|SSL)_[A-Z_]+|CERT_[A-Z_]+|[A-Z_]+_CERT(?:_[A-Z_]+)?)$/;
const ANY_CODE = /^[A-Z][A-Z0-9_]{0,63}$/;
const NAME = /^[A-Za-z]{1,64}$/;

/**
 * What status and Events may say of an error whose text was not written for them. Such a text may quote what the
 * operator worked on: V8 quotes the JSON that it cannot parse, Node.js the argument that it refuses, both with a
 * password in it. Only errors of the system and of connections are quoted; of others the log alone has the text.
 *
 * The texts are not searched for known secrets instead: whoever reads them could find out by that what the passwords
 * of other namespaces are.
 */
export function describeForeignError(error: unknown): string {
  if (!(error instanceof Error)) return "a value that is no Error";
  const { name, message } = error;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (KNOWN_CODE.test(code)) return message === "" ? code : message;
  if (ANY_CODE.test(code)) return code;
  return NAME.test(name) ? name : "Error";
}
