import { describeForeignError } from "../../core/conditions/foreign-error.ts";
import { ApiError, ResponseTooLargeError } from "../client/errors.ts";
import { TooManyObjectsError } from "./object-reader.ts";

/**
 * Why objects could not be read with the rights of a ServiceAccount.
 * @param account how the message names the ServiceAccount
 */
export function describeReadError(error: unknown, account: string): string {
  if (error instanceof TooManyObjectsError || error instanceof ResponseTooLargeError) return error.message;
  if (!(error instanceof ApiError)) return describeForeignError(error);
  // Objects are read with GET alone.
  const isToken = error.request?.startsWith("POST") === true;
  return isToken ? `the operator gets no token for ${account}: ${error.message}` : error.message;
}
