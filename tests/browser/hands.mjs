// How a person works the page: with a mouse, or with the keyboard alone.
import assert from 'node:assert/strict';

const TABS_MAX = 250;

/** Points and clicks. Native pickers have no page of their own to click on, so their values are set. */
export class Mouse {
  constructor(page) {
    this.page = page;
  }

  press(what) {
    return what.click();
  }

  tick(box, ticked = true) {
    return box.setChecked(ticked);
  }

  choose(radio) {
    return radio.check();
  }

  select(picker, label) {
    return picker.selectOption({ label });
  }

  fill(field, text) {
    return field.fill(text);
  }

  day(field, date) {
    return field.fill(date);
  }
}

/** What of the focused element is wrong for somebody who sees where the focus is; '' when nothing. */
function lookAtFocus() {
  const one = document.activeElement;
  if (one === null || one === document.body) return { said: '', top: null };
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  const name = `${one.tagName.toLowerCase()} ${one.type ?? ''} ${one.id} "${(one.getAttribute('aria-label') ?? one.textContent).trim().slice(0, 40)}"`;
  const faults = [];
  if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 1) faults.push(`shows no focus (${style.outlineStyle} ${style.outlineWidth})`);
  if (one.tabIndex > 0) faults.push('has a place of its own in the order');
  if (box.width > 0 && (box.bottom < 0 || box.top > window.innerHeight || box.right < 0 || box.left > window.innerWidth)) faults.push('has the focus out of sight');
  const middle = document.elementFromPoint(Math.min(Math.max(box.left + box.width / 2, 0), window.innerWidth - 1), Math.min(Math.max(box.top + Math.min(box.height / 2, 20), 0), window.innerHeight - 1));
  const label = one.labels?.[0];
  const own = middle === null || one.contains(middle) || middle.contains(one) || label?.contains(middle) === true;
  if (!own) faults.push(`is covered by ${middle.tagName.toLowerCase()}.${middle.className}`);
  return {
    said: faults.length === 0 ? '' : `${name} ${faults.join(', ')}`,
    left: box.left, right: box.right, top: box.top + window.scrollY, bottom: box.bottom + window.scrollY,
    fixed: one.closest('.apply-bar, dialog') !== null, index: [...document.querySelectorAll('*')].indexOf(one), name,
  };
}

/** Tab, Enter, Space and the arrows, and letters in fields; `faults` is told what the focus does wrong on the way. */
export class Keyboard {
  constructor(page, faults) {
    this.page = page;
    this.faults = faults;
  }

  has(what) {
    return what.evaluate((one) => one === document.activeElement || (one.type === 'radio' && document.activeElement?.type === 'radio' && document.activeElement.name === one.name));
  }

  /** Tabs on until the focus is on it (or on another of its radio buttons). */
  async go(what) {
    await what.waitFor();
    let before = null;
    for (let i = 0; i < TABS_MAX; ++i) {
      if (await this.has(what)) return;
      await this.page.keyboard.press('Tab');
      const now = await this.page.evaluate(lookAtFocus);
      if (now.said !== '') this.tell(now.said);
      // Columns are read one after the other; a step up within a column is not what a reader expects.
      const wrapped = before === null || now.top === null || now.index < before.index;
      const above = !wrapped && now.bottom <= before.top - 4 && now.left < before.right && before.left < now.right;
      if (above && !now.fixed && !before.fixed) this.tell(`${now.name} comes after ${before.name}, which stands below it`);
      before = now.top === null ? null : now;
    }
    throw new Error(`${TABS_MAX} times Tab did not come to ${what}`);
  }

  tell(fault) {
    const said = `by keyboard: ${fault}`;
    if (!this.faults.includes(said)) this.faults.push(said);
  }

  async press(what) {
    await this.go(what);
    await this.page.keyboard.press('Enter');
  }

  async tick(box, ticked = true) {
    await this.go(box);
    if (await box.isChecked() !== ticked) await this.page.keyboard.press('Space');
    assert.equal(await box.isChecked(), ticked);
  }

  async choose(radio) {
    await this.go(radio);
    for (let i = 0; i < 8 && !await radio.isChecked(); ++i) {
      await this.page.keyboard.press(i === 0 && await radio.evaluate((one) => one === document.activeElement) ? 'Space' : 'ArrowDown');
    }
    assert.equal(await radio.isChecked(), true);
  }

  /** The arrows walk through what can be chosen: first up to the first, then down. */
  async select(picker, label) {
    await picker.locator('option').filter({ hasText: label }).first().waitFor({ state: 'attached' });
    await this.go(picker);
    const chosen = () => picker.evaluate((one) => one.selectedOptions[0]?.label ?? '');
    await this.page.keyboard.press('Home');
    for (let i = 0; i < 60 && await chosen() !== label; ++i) await this.page.keyboard.press('ArrowDown');
    assert.equal(await chosen(), label);
  }

  async fill(field, text) {
    await this.go(field);
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.type(text);
    assert.equal(await field.inputValue(), text);
  }

  /** Month, day and year, as somebody in the United States types them. */
  async day(field, date) {
    const [year, month, day] = date.split('-');
    await this.go(field);
    await this.page.keyboard.type(`${month}${day}${year}`);
    assert.equal(await field.inputValue(), date);
  }
}
