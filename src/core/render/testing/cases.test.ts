import { join } from "node:path";
import { describeCases } from "./describe-cases.ts";

describeCases("render", join(import.meta.dirname, "cases"));
