// The frame around every screen, and what every screen may say: English.

export const frame = {
  'app.name': 'Bank feed',
  'app.skip': 'Skip to content',
  'app.nav': 'Bank feed',
  'app.language': 'Language',
  'app.language_missing': 'The texts in {language} could not be loaded, so the page stays in this language. If trying again does not help, reload the page.',
  'app.signed_in': 'Signed in as {user}',
  'app.environment': 'Test environment: {environment}',
  'app.version': 'Version {version}',
  'app.loading': 'Loading…',
  'app.try_again': 'Try again',
  'app.back': 'Back to connections',
  'app.reload': 'Reload the page',
  'app.look_only': 'You may look at everything here, but not change it. Ask whoever manages roles for the right to link accounts.',
  'app.stale': 'The server cannot be reached. What you see is from {when}; it is tried again by itself.',
  'app.bank': 'the bank',
  'app.bank_unnamed': 'Bank without a name',
  'app.books': 'Back to the books',
  'app.unknown': 'Unknown',
  'app.none': 'None',

  'nav.connections': 'Connections',
  'nav.held': 'Held transactions',
  'nav.activity': 'Activity',
  'nav.health': 'Health',

  'tone.good': 'Fine',
  'tone.busy': 'Working',
  'tone.warn': 'Attention',
  'tone.bad': 'Action needed',
  'tone.quiet': 'Ended',

  'action.repair': 'Log in at the bank',
  'action.renew': 'Renew the consent',
  'action.connect_again': 'Connect again',
  'action.review': 'Review new accounts',
  'action.decide_again': 'Decide again',
  'action.choose': 'Choose accounts at the bank',
  'action.sync': 'Sync now',
  'action.see_held': 'Show held transactions',
  'action.decide_held': 'Decide about them',
  'action.see_health': 'Show health',
  'action.open_books': 'Open the books',
  'action.see_activity': 'Show activity',

  'books.words': 'Their words: {text}',

  'unknown.title': 'There is no such page',
  'unknown.text': 'The address may be old or cut off.',

  'error.title': 'This did not succeed.',
  'error.code': 'Code: {code}',

  'environment.sandbox': 'sandbox',
  'environment.production': 'production',
} as const;
