/**
 * Called right before and right after every git command, every write to the API server and every record of how far a
 * branch was followed, synchronously. Tests of crashes end the process there; the operator itself never sets one.
 * @param effect `git COMMAND`, `record followed`, or the method and what it is for: `PATCH packagerevisions/status`
 * @param about whose it is: the remote's address, or the object's `NAMESPACE/NAME`
 */
export type FailpointHook = (effect: string, moment: "before" | "after", about: string) => void;
