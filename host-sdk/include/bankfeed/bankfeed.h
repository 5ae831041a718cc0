/* bankfeed/bankfeed.h: the core and every stable extension. */
#ifndef BANKFEED_BANKFEED_H
#define BANKFEED_BANKFEED_H

#include "bankfeed/abi.h"
#include "bankfeed/digest.h"
#include "bankfeed/host.h"
#include "bankfeed/plugin.h"

#include "bankfeed/ext/account-sync.h"
#include "bankfeed/ext/clock.h"
#include "bankfeed/ext/config.h"
#include "bankfeed/ext/data-dir.h"
#include "bankfeed/ext/delivery.h"
#include "bankfeed/ext/health.h"
#include "bankfeed/ext/http-routes.h"
#include "bankfeed/ext/http.h"
#include "bankfeed/ext/ledger-accounts.h"
#include "bankfeed/ext/ledger-events.h"
#include "bankfeed/ext/ledger-post.h"
#include "bankfeed/ext/log.h"
#include "bankfeed/ext/migrations.h"
#include "bankfeed/ext/secrets.h"
#include "bankfeed/ext/wake.h"

#endif
