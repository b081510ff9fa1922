import { join } from "node:path";
import { describeCases } from "../../testing/describe-cases.ts";

describeCases("kform blocks", join(import.meta.dirname, "cases"));
