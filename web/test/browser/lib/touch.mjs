/** What a finger needs, in px; half a px is lost to rounding. */
const touch = 39.5;

/**
 * Controls that a finger misses, on a phone. A field counts with its frame, a box with its label; a link within a line of
 * words counts with the room it reaches into.
 * @param {import('playwright-core').Page} page
 * @returns {Promise<string[]>}
 */
export function lowControls(page) {
  return page.evaluate((least) => {
    /** @type {Set<string>} */
    const found = new Set();
    for (const control of document.querySelectorAll('button, a[href], input:not([type=hidden]), textarea, [role=button], [role=tab], [role=combobox]')) {
      const seen = control.checkVisibility({ opacityProperty: true, visibilityProperty: true });
      // What is out of the tab order stands inside another control, or waits above the page for the keyboard.
      if (!seen || control.closest('.visually-hidden, [inert]') || control.getAttribute('tabindex') === '-1' || control.getBoundingClientRect().bottom <= 0) continue;
      const whole = control.closest('.ant-select, .ant-input-affix-wrapper, .ant-input-number, label') ?? control;
      const name = control.getAttribute('aria-label') ?? control.getAttribute('placeholder') ?? control.textContent;
      const { height } = whole.getBoundingClientRect();
      if (height > 0 && height < least) found.add(`${Math.round(height)} px is low for a finger: <${control.tagName.toLowerCase()}> “${name.trim().slice(0, 24)}”`);
    }
    return [...found];
  }, touch);
}
