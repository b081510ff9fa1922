/** The version of the language: another one may give other results. */
export const KFORM_VERSION = "kform@1";
