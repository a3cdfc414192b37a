// Checks built modules: what check.py has put together from coprod_widgets/widgets/static.
import compat from "eslint-plugin-compat";

// In a pattern that is put together; the plugin finds it in one that is written out.
const lookbehind = ["Literal[value=/\\(\\?<[!=]/]", "TemplateElement[value.raw=/\\(\\?<[!=]/]"];

export default [
  {
    ...compat.configs["flat/recommended"],
    linterOptions: { noInlineConfig: true },
    settings: {
      lintAllEsApis: true,
      polyfills: [
        "Intl.Segmenter", // where it is missing, words are what stands between blanks
        "document.fullscreenElement", // where it is missing nothing fills the screen, and the button says so
      ],
    },
  },
  {
    rules: {
      "no-restricted-syntax": ["error", ...lookbehind.map((selector) => ({ selector, message: "Safari before 16.4 has no lookbehind." }))],
    },
  },
];
