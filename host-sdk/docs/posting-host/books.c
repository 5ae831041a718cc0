#define _POSIX_C_SOURCE 200809L

#include "books.h"

#include <stdio.h>
#include <string.h>

struct books books = {.accounts = {{"checking", "Checking", ""}, {"savings", "Savings", ""},
                          {"suspense", "Suspense", ""}, {"equity", "Equity", ""}},
    .account_count = 4};
struct books next;

void begin(void)
{
    next = books;
}

void commit(void)
{
    books = next;
}

void keep(char (*to)[ID_SIZE], const char* id)
{
    (void)snprintf(*to, ID_SIZE, "%s", id);
}

const char* account_of(const struct books* of, const char* id)
{
    for (uint32_t i = 0; i < of->account_count; ++i)
    {
        const struct account* one = &of->accounts[i];
        if (strcmp(one->id, id) != 0) continue;
        return one->merged_into[0] == '\0' ? one->id : account_of(of, one->merged_into);
    }
    return NULL;
}

struct feed* feed_of(struct books* of, const char* id)
{
    for (uint32_t i = 0; i < of->feed_count; ++i)
        if (strcmp(of->feeds[i].id, id) == 0) return &of->feeds[i];
    return NULL;
}

struct head* head_of(struct books* of, const char* root_key)
{
    for (uint32_t i = 0; i < of->head_count; ++i)
        if (strcmp(of->heads[i].root_key, root_key) == 0) return &of->heads[i];
    return NULL;
}

int add_entry(const struct head* head, const char* counter, int64_t units)
{
    if (next.leg_count + 2 > LEGS_MAX) return 0;
    for (int i = 0; i < 2; ++i)
    {
        struct leg* leg = &next.legs[next.leg_count++];
        keep(&leg->root_key, head->root_key);
        keep(&leg->account, i == 0 ? head->account : counter);
        leg->day = head->booked_on;
        leg->units = i == 0 ? units : -units;
    }
    return 1;
}

int64_t balance_of(const char* account)
{
    int64_t balance = 0;
    for (uint32_t i = 0; i < books.leg_count; ++i)
    {
        const char* where = account_of(&books, books.legs[i].account);
        if (where != NULL && strcmp(where, account) == 0) balance += books.legs[i].units;
    }
    return balance;
}

/* In the transaction of the change that it tells of. Its name is random: a counter would give it
 * again to another event after the books were restored from a backup. */
static bf_event* add_event(uint32_t kind, const char* subject)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char random[16];
    struct event* event = &next.events[next.event_count];
    FILE* source = fopen("/dev/urandom", "rb");
    const int read = source != NULL && fread(random, sizeof random, 1, source) == 1;
    if (source != NULL) (void)fclose(source);
    if (!read || next.event_count == EVENTS_MAX) return NULL;
    ++next.event_count;
    for (size_t i = 0; i < 2 * sizeof random; ++i)
        event->id[i] = digits[random[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
    keep(&event->subject, subject);
    event->says.struct_size = sizeof event->says;
    event->says.kind = kind;
    return &event->says;
}

int change_entry(const char* root_key, uint32_t state)
{
    struct head* head = head_of(&next, root_key);
    const char* suspense = account_of(&next, "suspense");
    if (head == NULL) return 0;
    /* Revision and digest stay as they are, for they say what the plugin told. */
    if (state == BF_ENTRY_REMOVED && head->units != 0)
    {
        if (!add_entry(head, suspense, -head->units)) return 0;
        head->units = 0;
    }
    else if (state == BF_ENTRY_IN_BOOKS && head->state == BF_ENTRY_REMOVED)
    {
        for (uint32_t i = next.leg_count; i-- > 0 && head->units == 0;)
            if (strcmp(next.legs[i].root_key, root_key) == 0 &&
                strcmp(next.legs[i].account, head->account) == 0)
                head->units = -next.legs[i].units; /* what the removal took away */
        if (!add_entry(head, suspense, head->units)) return 0;
    }
    head->state = state;
    bf_event* event = add_event(BF_EVENT_ENTRY, root_key);
    if (event == NULL) return 0;
    event->state = state;
    event->revision = head->revision;
    return 1;
}

int close_through(const char* day)
{
    bf_event* event = add_event(BF_EVENT_PERIOD, "");
    if (event == NULL || strlen(day) != 10) return 0;
    (void)memcpy(next.closed_through, day, 11);
    (void)memcpy(event->through.text, day, 11);
    return 1;
}

int merge(const char* from, const char* into)
{
    bf_event* event = add_event(BF_EVENT_ACCOUNT_MERGED, from);
    const char* source = account_of(&next, from);
    const char* target = account_of(&next, into);
    if (event == NULL || source == NULL || target == NULL || source == target) return 0;
    if (strcmp(source, from) != 0) return 0; /* it is gone already */
    for (uint32_t i = 0; i < next.account_count; ++i)
        if (strcmp(next.accounts[i].id, from) == 0) keep(&next.accounts[i].merged_into, target);
    for (uint32_t i = 0; i < next.head_count; ++i)
        if (strcmp(next.heads[i].account, from) == 0) keep(&next.heads[i].account, target);
    keep(&next.events[next.event_count - 1].into, target);
    return 1;
}
