// What every page of ledgerd has: who asks, what was asked, and the frame around the content.
#pragma once

#include "books/Books.h"
#include "pages/Html.h"
#include "people/Sessions.h"
#include "web/HttpMessage.h"
#include "web/Plugins.h"

namespace ledgerd
{

struct PageRequest
{
    Books& books;
    Plugins& plugins;
    const HttpRequest& http;
    const Session& session;
    Fields query; // of the URL
    Fields form;  // of a POST; its token has been checked

    const std::string& tenant() const { return session.user.tenant; }
    bool mayWrite() const { return session.user.role != UserRole::viewer; }
    // What a plugin says of itself is about all tenants together: it is for an administrator of the
    // only one.
    bool mayOperateAll() const
    {
        return session.user.role == UserRole::admin && books.tenants().size() == 1;
    }
};

// The whole page. `title` and `active` are plain text; active is the path of the navigation entry
// to mark.
HttpResponse page(const PageRequest& request, const std::string& title, const std::string& active,
    const Html& content);

// A page for somebody who is not logged in.
HttpResponse barePage(unsigned status, const std::string& title, const Html& content);

HttpResponse redirect(const std::string& location);

// A page that says what went wrong.
HttpResponse problemPage(const PageRequest& request, const Failure& failure);
unsigned statusOf(Failure::Kind kind);

// The hidden field that every form of ledgerd carries.
Html csrfField(const Session& session);

// "1,234.50 USD" in a cell that is marked when negative.
Html amountCell(std::int64_t units, const Currency& currency);

// Headers that keep a page of ours from being framed, sniffed, cached or made to load anything.
void addSafetyHeaders(HttpResponse& response);

} // namespace ledgerd
