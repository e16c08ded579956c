// The dispatch board under a pointer.
import assert from 'node:assert/strict';

/**
 * The middle of an hour of an engineer's line, by the hours of the board's head.
 * @param {import('playwright-core').Page} page
 * @param {string} engineer
 * @param {number} hour
 */
export async function spotOf(page, engineer, hour) {
  const head = await page.getByText(`${hour}:00`, { exact: true }).boundingBox();
  const lane = await page.locator(`[data-engineer="${engineer}"]`).boundingBox();
  assert.ok(head && lane);
  return { x: head.x + 2, y: lane.y + lane.height / 2 };
}

/**
 * Takes something up and carries it to a place without letting go.
 * @param {import('playwright-core').Locator} what
 * @param {{ x: number, y: number }} to
 */
export async function carry(what, to) {
  const page = what.page();
  const box = await what.boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + 8, box.y + 12);
  await page.mouse.down();
  await page.mouse.move(box.x + 24, box.y + 20);
  await page.mouse.move(to.x, to.y, { steps: 5 });
}
