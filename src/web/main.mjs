/*
 * main.mjs - the same module is the page and its worker.
 */
import { start } from "./page.mjs";
import { serve } from "./worker.mjs";

if (typeof document === "undefined")
    serve(globalThis);
else
    start();
