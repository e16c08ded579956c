/** A rule of a law, as a line of a return has it. */
interface Rule {
  rule: string;
  title: { zh: string; en: string };
}

/** Puts the titles of rules into a sentence in the place of their codes; a code that is not known stays. */
export function withTitles(text: string, rules: readonly Rule[], lang: string): string {
  // The longer code first: W08 is the beginning of W08P.
  const known = [...rules].sort((a, b) => b.rule.length - a.rule.length);
  return known.reduce((said, { rule, title }) => said.replaceAll(rule, lang === 'en' ? `“${title.en}”` : `“${title.zh}”`), text);
}
