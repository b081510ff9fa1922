import { describeForeignError } from "../../core/conditions/foreign-error.ts";
import { ApiError, ResponseTooLargeError } from "../client/errors.ts";
import { TooManyObjectsError } from "./object-reader.ts";
import type { ServiceAccount } from "./service-account-clients.ts";

/** Why objects could not be read with the rights of a ServiceAccount. */
export function describeReadError(error: unknown, { namespace, name }: ServiceAccount): string {
  if (error instanceof TooManyObjectsError || error instanceof ResponseTooLargeError) return error.message;
  if (!(error instanceof ApiError)) return describeForeignError(error);
  // Objects are read with GET alone.
  const isToken = error.request?.startsWith("POST") === true;
  return isToken
    ? `the operator gets no token for ServiceAccount ${namespace}/${name}: ${error.message}`
    : error.message;
}
