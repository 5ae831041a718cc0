// The page when no language's words could be fetched: all that the script can say by itself.

import type { JSX } from 'preact';

export function Wordless(): JSX.Element {
  return (
    <main>
      <div class="failure" role="alert">
        <p lang="en">The texts of this page could not be loaded. Check the connection, then load the page again.</p>
        <p lang="zh-Hans">无法加载此页面的文字。请检查网络连接，然后重新加载页面。</p>
        <button type="button" onClick={() => window.location.reload()}>
          <span lang="en">Reload the page</span> · <span lang="zh-Hans">重新加载页面</span>
        </button>
      </div>
    </main>
  );
}
