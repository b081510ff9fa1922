/**
 * Told of every git command and every write to the API server, right before and right after it, in the turn of whoever
 * causes it. Tests of crashes end the process there; the operator itself never sets one.
 * @param effect `git COMMAND`, or the method and what it is for: `PATCH packagerevisions/status`
 * @param about whose it is: the remote's address, or the object's `NAMESPACE/NAME`
 */
export type FailpointHook = (effect: string, moment: "before" | "after", about: string) => void;
