// A real browser beside the real plugin: what goes wrong on a page is noted, and every screen is looked at and photographed.
import { mkdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from '../journey/scene.mjs';

const top = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
// The browser's driver and axe are those of the console, whose lock file says which.
const packages = createRequire(join(top, 'plugin/console/package.json'));
const { chromium } = packages('playwright-core');

export const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
const LOCALES = { en: 'en-US', zh: 'zh-CN' };
const PATIENCE_MS = 20_000;

/** Where the pictures go: the build folder, never the repository. */
export const pictures = join(build, 'screens');

export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.BANKFEED_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--disable-lcd-text', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  });
}

/** What makes the page wider than the window: the innermost elements that reach beyond it; '' when nothing does. */
function tooWide() {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return '';
  const beyond = [...document.body.querySelectorAll('*')].filter((one) => one.getBoundingClientRect().right > clientWidth + 1 && one.closest('.hidden') === null);
  const inner = beyond.filter((one) => !beyond.some((other) => other !== one && one.contains(other)));
  const names = inner.slice(0, 3).map((one) => `${one.tagName.toLowerCase()}.${one.className} in .${one.parentElement.className} "${one.textContent.slice(0, 30)}"`);
  return `scrolls sideways by ${scrollWidth - clientWidth} px: ${names.join(' | ')}`;
}

/** One tab of one person: its page, and the list of what was wrong with it. */
export class Screen {
  /** pictured: whether `look` takes pictures, in both sizes and both schemes. `allowed` are the origins that the tab may ask. */
  static async open(browser, { name, language, size, scheme = 'light', pictured = true }) {
    const screen = new Screen();
    Object.assign(screen, { name, language, size, scheme, pictured, faults: [], allowed: new Set(), visited: [] });
    screen.axe = await readFile(packages.resolve('axe-core/axe.min.js'), 'utf8');
    screen.context = await browser.newContext({ viewport: SIZES[size], locale: LOCALES[language], colorScheme: scheme, reducedMotion: 'reduce' });
    screen.page = await screen.context.newPage();
    screen.page.setDefaultTimeout(PATIENCE_MS);
    screen.watch();
    await mkdir(pictures, { recursive: true });
    await rm(screen.failure, { force: true });
    return screen;
  }

  get failure() {
    return join(pictures, `${this.name}-failed.png`);
  }

  tell(fault) {
    if (!this.faults.includes(fault)) this.faults.push(fault);
  }

  watch() {
    const { page } = this;
    page.on('pageerror', (error) => this.tell(`error of the page: ${error.stack ?? error}`));
    page.on('dialog', (dialog) => {
      this.tell(`a dialog said: ${dialog.message()}`);
      void dialog.dismiss().catch(() => undefined);
    });
    page.on('console', (message) => {
      // A refusal of the server that the page shows is told by the browser as well.
      if (message.type() === 'error' && !/Failed to load resource: .*\b(4\d\d|503)\b/.test(message.text())) this.tell(`console: ${message.text()}`);
    });
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (protocol !== 'data:' && !this.allowed.has(origin)) this.tell(`asked elsewhere: ${request.url().slice(0, 200)}`);
    });
    page.on('popup', () => this.tell('another window was opened'));
  }

  /**
   * Looks at the screen in both sizes and both schemes: axe finds nothing, nothing scrolls sideways; takes the pictures. A page
   * that speaks English alone is pictured in English only.
   */
  async look(screen, { englishAlone = false } = {}) {
    const { page } = this;
    this.visited.push(screen);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    const pictured = this.pictured && !(englishAlone && this.language !== 'en');
    const sizes = pictured ? [this.size, ...Object.keys(SIZES).filter((one) => one !== this.size)] : [this.size];
    for (const size of sizes) {
      if (size !== this.size) await page.setViewportSize(SIZES[size]);
      for (const scheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme: scheme });
        await this.check(`${screen}, ${size}, ${this.language}, ${scheme}`);
        if (pictured) await this.picture(`${screen}-${size}-${this.language}-${scheme}`, size);
      }
    }
    await page.setViewportSize(SIZES[this.size]);
    await page.emulateMedia({ colorScheme: this.scheme });
  }

  async check(where) {
    const { page } = this;
    await this.checkWidth(where);
    if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(this.axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    for (const one of violations) {
      this.tell(`${where}: ${one.id}: ${one.nodes.map((node) => node.target.join(' ')).slice(0, 3).join(' | ')}`);
    }
  }

  async checkWidth(where) {
    const wide = await this.page.evaluate(tooWide);
    if (wide !== '') this.tell(`${where}: ${wide}`);
  }

  /** Of the whole page, in a window as high as the page, so that what sticks to the window's end hides nothing. */
  async picture(name, size) {
    const height = await this.page.evaluate(() => document.documentElement.scrollHeight);
    await this.page.setViewportSize({ width: SIZES[size].width, height: Math.max(height, SIZES[size].height) });
    await this.page.screenshot({ path: join(pictures, `${name}.png`), animations: 'disabled' });
    await this.page.setViewportSize(SIZES[size]);
  }

  /** The picture of where it went wrong. */
  async photographFailure() {
    await this.page.screenshot({ path: this.failure, fullPage: true, timeout: 5_000 }).catch(() => undefined);
    return `picture ${this.failure}, at ${this.page.url()}`;
  }

  close() {
    return this.context.close();
  }
}
