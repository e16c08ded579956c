/**
 * Words of a page that no reader should see: raw keys of the dictionary, and on a Chinese page words in Latin
 * letters. Exempt by mark: codes (code, pre, kbd), what somebody typed or a machine wrote (data-own-words), what says
 * that it is of another language (lang) or is never translated (translate="no"). Codes of one's own with digits or
 * capitals, such as P1 or KFR-35GW, are no words.
 * @param {import('playwright-core').Page} page
 * @param {'zh-CN' | 'en'} lang
 * @returns {Promise<string[]>}
 */
export function strangeWords(page, lang) {
  return page.evaluate((of) => {
    // Units and names that Chinese readers write in Latin letters as well.
    const known = new Set(['min', 'km', 'kg', 'cm', 'kW', 'Wh', 'Ctrl', 'Enter', 'Esc', 'API', 'HTTP', 'http', 'https', 'CSV', 'SMS', 'GMT']);
    /** @type {string[]} */
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      const text = node.textContent ?? '';
      // A choice keeps its values a second time in a list of no size, whose names are said in words.
      if (!parent || parent.closest('[role=listbox][style*="height: 0"]')) continue;
      if (parent.closest('code, pre, kbd, script, noscript, style, [data-own-words], [translate=no], textarea') || (parent.closest('[lang]')?.getAttribute('lang') ?? of) !== of) continue;
      // A key has a lower-case first part and points between: list.filter.add.
      const key = /(?:^|\s)[a-z][a-zA-Z0-9]*(?:\.[a-z_][a-zA-Z0-9_]*)+(?=$|\s)/.exec(text);
      if (key) found.push(`key ${key[0].trim()}`);
      if (of !== 'zh-CN') continue;
      for (const [word] of text.matchAll(/[A-Za-z]{2,}(?![A-Za-z0-9-])/g)) {
        const at = text.indexOf(word);
        const before = text.charAt(at - 1);
        if (known.has(word) || /^[A-Z]+$/.test(word) || /[-0-9@./:_{]/.test(before)) continue;
        found.push(`word ${word} in "${text.trim().slice(0, 60)}"`);
      }
    }
    return [...new Set(found)];
  }, lang);
}
