// Bad input gets a clear answer and loses nothing. Real processes, real files, real sockets.
//
// Each test gives the product something wrong, the way it goes wrong in life, and looks at three things: whether the
// answer says what happened, why, and what to do; whether everything else goes on; whether all is there afterwards.
import './bad-plugin-folder.mjs';
import './bad-configuration.mjs';
import './bad-database.mjs';
import './bad-credentials.mjs';
import './bad-answers.mjs';
import './bad-webhooks.mjs';
import './sudden-death.mjs';
import './webhook-deaths.mjs';
