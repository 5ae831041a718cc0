/* Books in memory: what a real host keeps in its database.
 *
 * A change of the books is made in `next`, which begin() makes a copy of `books`; commit() puts it
 * in the place of them. A real host has a transaction instead.
 */
#ifndef POSTING_HOST_BOOKS_H
#define POSTING_HOST_BOOKS_H

#include <bankfeed/bankfeed.h>

#define TENANT "books"
#define ACCOUNTS_MAX 16u
#define FEEDS_MAX 16u
#define HEADS_MAX 256u
#define LEGS_MAX 2048u
#define EVENTS_MAX 1024u
#define ID_SIZE (BF_ID_MAX + 1)

struct account
{
    char id[ID_SIZE];
    char name[ID_SIZE];
    char merged_into[ID_SIZE]; /* "" while it is there */
};

struct feed
{
    char id[ID_SIZE];
    bf_watermark mark;
};

/* The latest change of a bank transaction, and where its bank's leg stands. */
struct head
{
    char root_key[ID_SIZE];
    char account[ID_SIZE];
    uint32_t revision;
    uint32_t state; /* BF_ENTRY_... */
    uint8_t digest[BF_DIGEST_SIZE];
    bf_date booked_on;
    int64_t units;
};

struct leg /* of the journal: it only grows */
{
    char root_key[ID_SIZE];
    char account[ID_SIZE];
    bf_date day;
    int64_t units;
};

struct event
{
    char id[ID_SIZE];
    char subject[ID_SIZE];
    char into[ID_SIZE];
    bf_event says;
};

struct books
{
    struct account accounts[ACCOUNTS_MAX];
    struct feed feeds[FEEDS_MAX];
    struct head heads[HEADS_MAX];
    struct leg legs[LEGS_MAX];
    struct event events[EVENTS_MAX];
    uint32_t account_count, feed_count, head_count, leg_count, event_count;
    char closed_through[12];
};

extern struct books books; /* what is committed */
extern struct books next;  /* what is being changed */

void begin(void);
void commit(void);

void keep(char (*to)[ID_SIZE], const char* id);

/* The account itself or, when it was merged away, the one that has its entries now; NULL when there
 * is none. */
const char* account_of(const struct books* of, const char* id);
struct feed* feed_of(struct books* of, const char* id); /* NULL when there is none */
struct head* head_of(struct books* of, const char* root_key);
int64_t balance_of(const char* account);

/* All of the following change `next`, and are false when they cannot. */

/* An entry of two legs: `units` in the head's account on its day, and their opposite in `counter`.
 */
int add_entry(const struct head* head, const char* counter, int64_t units);

/* What people do, with the event that tells of it. */
int change_entry(const char* root_key, uint32_t state);
int close_through(const char* day);
int merge(const char* from, const char* into);

#endif
