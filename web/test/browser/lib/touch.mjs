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

/**
 * What a narrow screen loses: controls that reach beyond its edge where nothing scrolls, and cells of a table whose headings
 * are hidden that do not say their heading themselves.
 * @param {import('playwright-core').Page} page
 * @returns {Promise<string[]>}
 */
export function lostAtEdge(page) {
  return page.evaluate(() => {
    /** @type {Set<string>} */
    const found = new Set();
    const shown = (/** @type {Element} */ one) => one.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !one.closest('.visually-hidden, [inert]');
    for (const control of document.querySelectorAll('button, a[href], input:not([type=hidden]), textarea, [role=button], [role=tab]')) {
      const { right, left, width } = control.getBoundingClientRect();
      if (width === 0 || !shown(control) || (right <= window.innerWidth + 1 && left >= -1)) continue;
      let box = control.parentElement;
      while (box && !(/auto|scroll/.test(window.getComputedStyle(box).overflowX) && box.scrollWidth > box.clientWidth)) box = box.parentElement;
      if (!box) found.add(`beyond the edge: “${(control.getAttribute('aria-label') ?? control.textContent).trim().slice(0, 24)}”`);
    }
    for (const table of document.querySelectorAll('table')) {
      const head = table.querySelector('thead');
      if (!head || !shown(table) || window.getComputedStyle(head).display !== 'none') continue;
      for (const cell of table.querySelectorAll('tbody td:not(:empty)')) {
        if (!cell.getAttribute('data-title') && table.querySelectorAll('thead th').length > 1) found.add(`a cell without its heading: “${cell.textContent.trim().slice(0, 24)}”`);
      }
    }
    return [...found];
  });
}
